use super::mutants;

mutants! { navigation: NavigationPolicy; }
