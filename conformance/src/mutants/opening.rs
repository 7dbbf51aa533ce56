use super::mutants;

mutants! { opening: OpeningPolicy;
}
