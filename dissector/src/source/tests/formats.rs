//! Every variant of the formats, written here number by number.

use super::*;

const FRAME: &[u8] = &[1, 2, 3, 4, 5];

#[test]
fn pcap_of_every_magic_and_byte_order() {
    for big in [false, true] {
        for (magic, nanos, patched) in
            [(0xa1b2_c3d4, 7_000, false), (0xa1b2_3c4d, 7, false), (0xa1b2_cd34, 7_000, true)]
        {
            let mut file = Maker::new(big);
            // The upper half of the link type says that frames end with a check sequence.
            file.pcap_header(magic, 4, 0x5400_0001);
            for second in [3, 0xffff_ffff] {
                file.u32s(&[second, 7, 5, 60]);
                if patched {
                    file.u32s(&[9, 9]);
                }
                file.raw(FRAME);
            }
            let (frames, error) = read_octets(&file.octets);
            assert!(error.is_none(), "{error:?}");
            let times: Vec<_> = frames.iter().map(|frame| frame.time.unwrap().0).collect();
            assert_eq!(times, [3_000_000_000 + nanos, 4_294_967_295_000_000_000 + nanos]);
            for frame in frames {
                assert_eq!((frame.octets.as_slice(), frame.wire_len), (FRAME, 60));
                assert_eq!((frame.link, frame.interface), (LinkType::ETHERNET, 0));
            }
        }
    }
}

#[test]
fn pcap_of_old_versions_has_its_lengths_swapped() {
    for (minor, first, second) in [(2, 60, 5), (3, 60, 5), (3, 5, 60), (4, 5, 60), (9, 5, 60)] {
        let mut file = Maker::new(false);
        file.pcap_header(0xa1b2_c3d4, minor, 1).u32s(&[0, 0, first, second]).raw(FRAME);
        let (frames, error) = read_octets(&file.octets);
        assert!(error.is_none(), "{error:?}");
        assert_eq!((frames[0].octets.as_slice(), frames[0].wire_len), (FRAME, 60));
    }
    let mut file = Maker::new(false);
    file.u32s(&[0xa1b2_c3d4]).u16s(&[3, 0]).u32s(&[0, 0, 65_535, 1]);
    let error = open_octets(&file.octets).unwrap_err();
    assert!(error.to_string().contains("version 3.0"), "{error}");
    assert_eq!(error.class(), Class::Damaged);
}

#[test]
fn pcapng_of_two_sections_in_either_order() {
    let mut little = Maker::new(false);
    little.section("first");
    little.block(1, |body| {
        body.u16s(&[101, 0]).u32s(&[4]).option(2, b"eth0").option(3, b"the way out");
        body.option(9, &[9]).option(14, &(-1_i64).to_le_bytes()).option(1, b"noisy\0");
        body.option(0, b"");
    });
    little.block(5, |body| {
        body.u32s(&[0, 0, 0]);
    });
    little.enhanced(0, 2_000_000_007, FRAME, "look here");
    // Without an option for its resolution, an interface counts microseconds.
    little.block(1, |body| {
        body.u16s(&[113, 0]).u32s(&[0]);
    });
    little.enhanced(1, 5, &[], "");
    little.block(0x0bad_0000 | 0x4000_0bad, |body| {
        body.padded(&[9; 333]);
    });
    // The section's first interface keeps 4 octets.
    little.block(3, |body| {
        body.u32s(&[5]).padded(&FRAME[..4]);
    });
    let mut big = Maker::new(true);
    big.section("second");
    big.block(1, |body| {
        body.u16s(&[1, 0]).u32s(&[0]).option(9, &[0x81]).option(0, b"");
    });
    big.enhanced(0, 3, FRAME, "");
    big.block(2, |body| {
        body.u16s(&[0, 12]).u32s(&[0, 4, 5, 5]).padded(FRAME);
    });
    let file = [little.octets, big.octets].concat();

    let mut input = open_octets(&file).unwrap();
    let (frames, error) = read_all(&mut input);
    assert!(error.is_none(), "{error:?}");
    let first = &input.interfaces()[0];
    assert_eq!((first.name.as_deref(), first.snaplen), (Some("eth0"), 4));
    assert_eq!(first.description.as_deref(), Some("the way out"));
    assert_eq!(first.comments, ["noisy"]);
    let seen: Vec<_> = frames
        .iter()
        .map(|f| (f.interface, f.link.0, f.time.map(|t| t.0), f.octets.len(), f.wire_len))
        .collect();
    assert_eq!(
        seen,
        [
            (0, 101, Some(1_000_000_007), 5, 105),
            (1, 113, Some(5_000), 0, 100),
            (0, 101, None, 4, 5),
            (2, 1, Some(1_500_000_000), 5, 105),
            (2, 1, Some(2_000_000_000), 5, 5),
        ]
    );
    assert_eq!(frames[0].comments, ["look here"]);
    assert!(frames[1..].iter().all(|frame| frame.comments.is_empty()));
}

#[test]
fn packed_files_read_as_the_file_in_them() {
    let plain = written(true, &sample(), &[nano_ethernet()]);
    let (frames, _) = read_octets(&plain);
    assert_eq!(frames.len(), 7);
    // Two members, frames or streams each, cut where no block ends.
    let (head, tail) = plain.split_at(101);
    let gzip = |part: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(part).unwrap();
        encoder.finish().unwrap()
    };
    let lz4 = |part: &[u8]| {
        let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
        encoder.write_all(part).unwrap();
        encoder.finish().unwrap()
    };
    let xz = |part: &[u8]| {
        let mut octets = Vec::new();
        liblzma::read::XzEncoder::new(part, 1).read_to_end(&mut octets).unwrap();
        octets
    };
    let zstd = |part: &[u8]| zstd::stream::encode_all(part, 1).unwrap();
    for (packing, packed) in [
        (Packing::Gzip, [gzip(head), gzip(tail)].concat()),
        (Packing::Lz4, [lz4(head), lz4(tail)].concat()),
        (Packing::Xz, [xz(head), xz(tail)].concat()),
        (Packing::Zstd, [zstd(head), zstd(tail)].concat()),
    ] {
        assert_eq!(open_octets(&packed).unwrap().packing(), Some(packing));
        let (unpacked, error) = read_octets(&packed);
        assert!(error.is_none(), "{packing}: {error:?}");
        assert_eq!(unpacked, frames);
        for len in 6..packed.len() {
            let (part, error) = read_octets(&packed[..len]);
            assert!(frames.starts_with(&part), "{packing} cut at {len}");
            // Only between the two members does a file end properly, and there within a block.
            let error = error.unwrap_or_else(|| panic!("{packing} cut at {len} is no error"));
            assert_eq!(error.class(), Class::Damaged, "{error}");
        }
    }
}

#[test]
fn unpacking_is_granted_a_bounded_memory() {
    let plain = written(false, &sample(), &[nano_ethernet()]);
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(27).unwrap();
    encoder.include_contentsize(false).unwrap();
    encoder.write_all(&plain).unwrap();
    let zstd = encoder.finish().unwrap();
    let mut xz = Vec::new();
    liblzma::read::XzEncoder::new(plain.as_slice(), 9).read_to_end(&mut xz).unwrap();
    for (packed, command) in [(zstd, "zstd -d --long=31"), (xz, "xz -d")] {
        let error = open_octets(&packed).unwrap_err();
        assert_eq!(error.class(), Class::Unreadable);
        let text = error.to_string();
        assert!(text.contains("MiB of memory") && text.contains(command), "{text}");
    }
}

#[test]
fn merged_inputs_come_in_the_order_of_time() {
    let with_times = |times: &[u8], octet: u8| {
        let mut file = Maker::new(false);
        file.pcap_header(0xa1b2_3c4d, 4, 1);
        for time in times {
            file.u32s(&[0, u32::from(*time), 2, 2]).raw(&[octet, *time]);
        }
        open_octets(&file.octets).unwrap()
    };
    let mut untimed = Maker::new(true);
    untimed.section("untimed").block(1, |body| {
        body.u16s(&[1, 0]).u32s(&[0]).option(9, &[9]).option(0, b"");
    });
    untimed.enhanced(0, 3, &[3, 3], "");
    untimed.block(3, |body| {
        body.u32s(&[2]).padded(&[3, 99]);
    });
    untimed.enhanced(0, 9, &[3, 9], "late");
    let mut cut = Maker::new(false);
    cut.pcap_header(0xa1b2_3c4d, 4, 113).u32s(&[0, 4, 2, 2]).raw(&[4, 4, 0]);
    let inputs = vec![
        with_times(&[1, 3, 5, 5, 8], 1),
        with_times(&[2, 3, 5, 9], 2),
        open_octets(&untimed.octets).unwrap(),
        open_octets(&cut.octets).unwrap(),
        with_times(&[], 5),
    ];
    let mut merge = Merge::new(inputs);
    let mut seen = Vec::new();
    let mut errors = Vec::new();
    loop {
        match merge.advance() {
            Ok(true) => {
                let frame = merge.frame();
                let interface = &merge.interfaces()[frame.interface as usize];
                assert_eq!(interface.link, frame.link);
                seen.push((frame.octets[0], frame.octets[1]));
            }
            Ok(false) => break,
            Err(error) => errors.push(error.to_string()),
        }
    }
    assert_eq!(
        seen,
        [
            (1, 1),
            (2, 2),
            (1, 3),
            (2, 3),
            (3, 3),
            (3, 99),
            (4, 4),
            (1, 5),
            (1, 5),
            (2, 5),
            (1, 8),
            (2, 9),
            (3, 9)
        ]
    );
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(merge.interfaces().len(), 5);
    assert!(!merge.interrupted());
}

#[test]
fn a_sequence_goes_on_after_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let good = written(true, &sample(), &[nano_ethernet()]);
    fs::write(path("good"), &good).unwrap();
    fs::write(path("cut"), &good[..good.len() - 1]).unwrap();
    let paths = vec![path("cut"), path("missing"), path("good"), path("good")];
    let mut sequence = Sequence::new(paths, ReadOptions::default());
    let (mut interfaces, mut errors) = (Vec::new(), Vec::new());
    loop {
        match sequence.advance() {
            Ok(true) => interfaces.push(sequence.frame().interface),
            Ok(false) => break,
            Err(error) => errors.push((error.path().to_path_buf(), error.class())),
        }
    }
    assert_eq!(interfaces, [vec![0; 6], vec![1; 7], vec![2; 7]].concat());
    assert_eq!(errors, [(path("cut"), Class::Damaged), (path("missing"), Class::Unreadable)]);
    assert_eq!(sequence.interfaces().len(), 3);

    let two = vec![path("good"), path("good")];
    let mut merge = Merge::open(&two, &ReadOptions::default()).unwrap();
    let (frames, error) = read_all(&mut merge);
    let order: Vec<_> = frames.iter().map(|frame| frame.interface).collect();
    assert_eq!((order, error.is_none()), ([0, 1].repeat(7), true));
    let missing = Merge::open(&[path("missing")], &ReadOptions::default());
    assert!(missing.is_err());
    let mut sequence = Sequence::new(two, ReadOptions::default());
    let total = 2 * good.len() as u64;
    assert_eq!(sequence.progress(), Some(Progress { read: 0, total }));
    let (frames, _) = read_all(&mut sequence);
    assert_eq!(frames.len(), 14);
    assert_eq!(sequence.progress(), Some(Progress { read: total, total }));
}
