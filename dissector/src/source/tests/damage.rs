//! Files that are cut, changed, or no captures.

use super::*;

/// The same frames as a file of each format, and where each of its records ends.
fn files() -> Vec<(Vec<u8>, Vec<usize>)> {
    let mut frames = sample();
    [false, true]
        .into_iter()
        .map(|is_pcapng| {
            if is_pcapng {
                frames[1].comments = vec!["one".into(), "two".into()];
            }
            let whole = written(is_pcapng, &frames, &[nano_ethernet()]);
            let ends = (0..=frames.len())
                .map(|count| written(is_pcapng, &frames[..count], &[nano_ethernet()]).len())
                .collect();
            (whole, ends)
        })
        .collect()
}

#[test]
fn every_prefix_yields_its_whole_frames() {
    for (whole, ends) in files() {
        let (all, error) = read_octets(&whole);
        assert!(error.is_none(), "{error:?}");
        for len in 0..whole.len() {
            let (frames, error) = read_octets(&whole[..len]);
            let count = ends.iter().skip(1).filter(|end| **end <= len).count();
            assert_eq!(frames, all[..count], "cut at {len}");
            // A pcapng file also ends properly after its section header.
            let is_section_end = whole[0] == 0x0a && len == whole[4] as usize;
            let is_clean = ends.contains(&len) || is_section_end;
            assert_eq!(error.is_none(), is_clean, "cut at {len}: {error:?}");
            if let Some(error) = error {
                assert_eq!(error.frames(), count as u64);
                // The first octets of a pcapng file are ends of lines.
                let is_unknown = len == 0 || (len < 4 && whole[0] == 0x0a);
                let expected = if is_unknown { Class::Unreadable } else { Class::Damaged };
                assert_eq!(error.class(), expected, "cut at {len}: {error}");
            }
        }
    }
}

#[test]
fn a_cut_record_is_one_sentence_with_its_place() {
    for (whole, ends) in files() {
        let path = Path::new("x.cap");
        let options = ReadOptions::default();
        let octets = Cursor::new(whole[..whole.len() - 1].to_vec());
        let (_, error) = read_all(&mut Input::from_reader(octets, path, &options).unwrap());
        let error = error.unwrap();
        assert_eq!(error.offset(), Some(ends[6] as u64));
        let text = error.to_string();
        assert!(text.starts_with("x.cap: "), "{text}");
        assert!(text.contains(&format!("at octet {} is cut: it claims ", ends[6])), "{text}");
        assert!(text.ends_with("the 6 packets before it were read"), "{text}");
    }
}

/// A reader that counts what is taken from it.
struct Taken<R>(R, Arc<Mutex<usize>>);

impl<R: Read> Read for Taken<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.read(buffer)?;
        *self.1.lock().unwrap() += count;
        Ok(count)
    }
}

#[test]
fn lengths_that_lie_are_errors_at_once() {
    let mut pcap = Maker::new(false);
    pcap.pcap_header(0xa1b2_c3d4, 4, 1).u32s(&[0, 0, 1, 1]).raw(&[7]);
    pcap.u32s(&[0, 0, u32::MAX, u32::MAX]);
    let mut packet = Maker::new(true);
    packet.section("").u32s(&[6, 0xffff_fffc, 0]);
    let mut unknown = Maker::new(true);
    unknown.section("").u32s(&[0x0bad, 0xffff_fffc, 0]);
    for (file, frames) in [(pcap.octets, 1), (packet.octets, 0), (unknown.octets, 0)] {
        let taken = Arc::default();
        let endless = Cursor::new(file).chain(std::io::repeat(0));
        let reader = Taken(endless, Arc::clone(&taken));
        let mut input =
            Input::from_reader(reader, Path::new("liar"), &ReadOptions::default()).unwrap();
        let (read, error) = read_all(&mut input);
        assert_eq!(read.len(), frames);
        let error = error.unwrap();
        assert_eq!(error.class(), Class::Damaged);
        assert!(error.to_string().contains("octets, more than the"), "{error}");
        assert!(*taken.lock().unwrap() < 1 << 20);
    }
}

#[test]
fn a_block_that_breaks_a_rule_says_which() {
    let with = |make: &dyn Fn(&mut Maker)| {
        let mut file = Maker::new(false);
        file.section("").block(1, |body| {
            body.u16s(&[1, 0]).u32s(&[0]);
        });
        file.enhanced(0, 0, &[1], "");
        make(&mut file);
        let (frames, error) = read_octets(&file.octets);
        assert_eq!(frames.len(), 1);
        let error = error.unwrap();
        assert_eq!(error.class(), Class::Damaged);
        assert!(error.offset().is_some());
        error.to_string()
    };
    for (make, part) in [
        (&(|file: &mut Maker| _ = file.u32s(&[6, 31, 0, 0])) as &dyn Fn(&mut Maker), "claims 31"),
        (&|file| _ = file.u32s(&[9, 12, 16]), "12 octets at its start and 16 at its end"),
        (&|file| _ = file.enhanced(1, 0, &[], ""), "names interface 1"),
        (
            &|file| {
                file.block(6, |body| _ = body.u32s(&[0, 0, 0, 5, 5, 0]));
            },
            "claims a packet of 5 octets and has room for 4",
        ),
        (
            &|file| {
                file.block(6, |body| _ = body.u32s(&[0, 0, 0, 0, 0]).u16s(&[1, 5, 0, 0]));
            },
            "holds option 1 whose 5 octets",
        ),
        (
            &|file| {
                file.block(0x0a0d_0d0a, |body| _ = body.u32s(&[0x1234_5678, 1, 0, 0]));
            },
            "byte-order mark is 0x12345678",
        ),
        (
            &|file| {
                file.block(0x0a0d_0d0a, |body| _ = body.u32s(&[0x1a2b_3c4d, 2, 0, 0]));
            },
            "version 2.0",
        ),
    ] {
        let text = with(make);
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn what_is_no_capture_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let said = |octets: &[u8]| {
        fs::write(&file, octets).unwrap();
        let error = Input::open(&file).unwrap_err();
        assert_eq!(error.class(), Class::Unreadable);
        error.to_string()
    };
    let texts = [
        said(b""),
        said("Zeit, Gr\u{f6}\u{df}e\n".as_bytes()),
        said(&[0, 1, 2, 3, 4]),
        said(b"BZh91AY&SY"),
        said(&zstd::stream::encode_all(&b""[..], 1).unwrap()),
        Input::open(folder.path()).unwrap_err().to_string(),
        Input::open(&folder.path().join("none")).unwrap_err().to_string(),
    ];
    for (text, part) in texts.iter().zip([
        "it is empty",
        "it is text",
        "starts with 0x00010203",
        "it is bzip2 data",
        "zstd data that unpacks to nothing",
        "it is a directory",
        "No such file or directory; check the path",
    ]) {
        assert!(text.contains(part), "{text}");
    }
    let distinct: std::collections::HashSet<_> = texts.iter().collect();
    assert_eq!(distinct.len(), texts.len());
}

#[test]
fn interfaces_without_end_are_refused() {
    let mut file = Maker::new(false);
    file.section("");
    let mut one = Maker::new(false);
    one.block(1, |body| {
        body.u32s(&[1, 0]);
    });
    for _ in 0..=1 << 16 {
        file.raw(&one.octets);
    }
    let (_, error) = read_octets(&file.octets);
    assert!(error.unwrap().to_string().contains("describes one interface more than 65536"));
}

proptest! {
    #[test]
    fn changed_octets_never_panic(
        which in 0..2_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let (mut octets, _) = files().swap_remove(which);
        for (place, value) in &changes {
            let len = octets.len();
            octets[place.index(len)] = *value;
        }
        if cut.index(4) == 0 {
            octets.truncate(cut.index(octets.len()));
        }
        let (frames, error) = read_octets(&octets);
        let total: usize = frames.iter().map(|frame| frame.octets.len()).sum();
        prop_assert!(total <= octets.len());
        if let Some(error) = error {
            prop_assert!(error.offset().is_none_or(|at| at <= octets.len() as u64));
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn packed_and_changed_octets_never_panic(
        which in 0..4_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let (plain, _) = files().swap_remove(1);
        let mut octets = match which {
            0 => {
                let fast = flate2::Compression::fast();
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), fast);
                encoder.write_all(&plain).unwrap();
                encoder.finish().unwrap()
            }
            1 => zstd::stream::encode_all(plain.as_slice(), 1).unwrap(),
            2 => {
                let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
                encoder.write_all(&plain).unwrap();
                encoder.finish().unwrap()
            }
            _ => {
                let mut packed = Vec::new();
                liblzma::read::XzEncoder::new(plain.as_slice(), 0).read_to_end(&mut packed).unwrap();
                packed
            }
        };
        for (place, value) in &changes {
            let len = octets.len();
            octets[place.index(len)] = *value;
        }
        let (frames, error) = read_octets(&octets);
        prop_assert!(frames.len() <= 7 || error.is_none());
    }

    #[test]
    fn arbitrary_octets_never_panic(mut octets in prop::collection::vec(any::<u8>(), 0..400)) {
        read_octets(&octets);
        // And behind each magic, so that they get further.
        for magic in [[0xd4, 0xc3, 0xb2, 0xa1], [0x0a, 0x0d, 0x0d, 0x0a]] {
            octets.splice(..4.min(octets.len()), magic);
            read_octets(&octets);
        }
    }
}

#[test]
fn texts_that_outlive_their_block_are_bounded() {
    let mut file = Maker::new(false);
    for _ in 0..3 {
        file.section(&"section ".repeat(8_000));
        file.block(1, |body| {
            body.u16s(&[1, 0]).u32s(&[0]).option(2, b"eth0").option(3, &vec![0xff; 60_000]);
            for _ in 0..20_000 {
                body.option(1, b"");
            }
            for _ in 0..20 {
                body.option(1, &vec![b'c'; 60_000]);
            }
            body.option(0, b"");
        });
        file.enhanced(0, 1, &[1; 60], "about the frame");
    }
    let texts = |source: &dyn Source| -> usize {
        let known = source.interfaces().iter();
        known
            .flat_map(|known| known.comments.iter().chain(&known.name).chain(&known.description))
            .map(|text| size_of::<String>() + text.capacity())
            .sum()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, &file.octets).unwrap();
    let paths = vec![path; 3];
    let mut sequence = Sequence::new(paths.clone(), ReadOptions::default());
    let mut merge = Merge::open(&paths, &ReadOptions::default()).unwrap();
    let mut input = open_octets(&file.octets).unwrap();
    let sources: [(&mut dyn Source, usize); 3] =
        [(&mut input, 3), (&mut sequence, 9), (&mut merge, 9)];
    for (source, frames) in sources {
        let mut seen = 0;
        while source.advance().unwrap() {
            assert_eq!(source.comments(), ["about the frame"]);
            seen += 1;
        }
        assert_eq!((seen, source.interfaces().len()), (frames, frames));
        assert_eq!(source.interfaces()[0].name.as_deref(), Some("eth0"));
        let kept = texts(source);
        assert!((256 << 10..1 << 20).contains(&kept), "{kept} octets");
    }
}

#[test]
fn comments_of_a_packet_are_bounded() {
    let mut file = Maker::new(false);
    file.section("");
    file.block(1, |body| {
        body.u16s(&[1, 0]).u32s(&[0]);
    });
    file.block(6, |body| {
        body.u32s(&[0, 0, 1, 4, 4, 0x0102_0304]);
        for _ in 0..100_000 {
            body.option(1, b"");
        }
    });
    let mut input = open_octets(&file.octets).unwrap();
    assert!(input.advance().unwrap());
    assert_eq!(input.frame().octets.len(), 4);
    assert!((1000..20_000).contains(&input.comments().len()));
}
