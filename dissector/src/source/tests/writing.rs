//! What is written is what is read.

use super::*;

#[test]
fn both_formats_keep_frames() {
    for is_pcapng in [false, true] {
        let octets = written(is_pcapng, &sample(), &[nano_ethernet()]);
        let (frames, error) = read_octets(&octets);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(frames, sample());
    }
}

#[test]
fn pcap_has_micros_unless_more_is_needed() {
    let micro = Interface::new(LinkType::ETHERNET, 96, Resolution::MICRO);
    let mut frames = sample();
    for frame in &mut frames {
        frame.time = frame.time.map(|time| Time(time.0 / 1_000 * 1_000));
    }
    let octets = written(false, &frames, std::slice::from_ref(&micro));
    assert_eq!(octets[..4], [0xd4, 0xc3, 0xb2, 0xa1]);
    assert_eq!(read_octets(&octets).0, frames);
    // An interface of microseconds may still have a finer time, after conversion.
    let octets = written(false, &sample(), &[micro]);
    assert_eq!(octets[..4], [0x4d, 0x3c, 0xb2, 0xa1]);
}

#[test]
fn pcap_leaves_room_for_frames_of_later_interfaces() {
    for (snaplen, stored) in [(0, 262_144), (96, 262_144), (300_000, 300_000)] {
        let first = Interface::new(LinkType::ETHERNET, snaplen, Resolution::NANO);
        let octets = written(false, &sample(), &[first]);
        assert_eq!(octets[16..20], u32::to_le_bytes(stored), "{snaplen}");
    }
}

#[test]
fn times_that_do_not_fit_are_counted() {
    let interfaces = [Interface::new(LinkType::ETHERNET, 0, Resolution::MICRO)];
    for (is_pcapng, times, cut) in
        [(false, [1_000, 1_001, -1, i64::MAX], 3), (true, [1_000, 1_001, -1, i64::MAX], 1)]
    {
        let sink = Box::new(Shared::default());
        let mut writer = Writer::to_sink(sink, Path::new("memory"), is_pcapng);
        for time in times {
            let frame = Frame { time: Some(Time(time)), link: LinkType::ETHERNET, ..Frame::EMPTY };
            writer.write(&frame, &interfaces, &[]).unwrap();
        }
        assert_eq!(writer.times_cut(), cut);
    }
}

#[test]
fn pcapng_keeps_interfaces_comments_and_missing_times() {
    let mut first = Interface::new(LinkType::RAW, 128, Resolution::MICRO);
    first.name = Some("veth0".into());
    first.description = Some("left".into());
    first.comments = vec!["flaky".into()];
    let second = Interface::new(LinkType::LINUX_SLL2, 0, Resolution(0x94));
    let frame = |interface, link, time, comment: &str| Owned {
        time,
        link,
        octets: vec![1; 9],
        wire_len: 9,
        interface,
        comments: if comment.is_empty() { vec![] } else { vec![comment.to_owned(), "x".into()] },
    };
    let frames = [
        frame(0, LinkType::RAW, None, ""),
        frame(1, LinkType::LINUX_SLL2, Some(Time(5)), "odd length"),
        frame(0, LinkType::RAW, Some(Time(7)), ""),
    ];
    let interfaces = [first.clone(), second];
    let shared = Shared::default();
    let mut writer = Writer::to_sink(Box::new(shared.clone()), Path::new("memory"), true);
    writer.file_comment("about the file");
    for frame in &frames {
        writer.write(&frame.frame(), &interfaces, &frame.comments).unwrap();
    }
    // A later comment begins a new section, whose interfaces are described anew.
    writer.file_comment("about the rest");
    writer.write(&frames[1].frame(), &interfaces, &[]).unwrap();
    writer.finish(&interfaces).unwrap();
    let octets = shared.0.lock().unwrap().clone();
    let mut input = open_octets(&octets).unwrap();
    let (read, error) = read_all(&mut input);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(read[..3], frames);
    assert_eq!((read[3].interface, read[3].link), (2, LinkType::LINUX_SLL2));
    for comment in ["about the file", "about the rest"] {
        let places = octets.windows(comment.len()).filter(|part| *part == comment.as_bytes());
        assert_eq!(places.count(), 1, "{comment}");
    }
    let kept = &input.interfaces()[0];
    assert_eq!(*kept, Interface { resolution: Resolution::NANO, ..first });
}

#[test]
fn pcapng_describes_an_unknown_interface_by_its_frames() {
    let mut frames = sample();
    for frame in &mut frames {
        (frame.link, frame.interface) = (LinkType::RAW, 1);
    }
    let (read, error) = read_octets(&written(true, &frames, &[nano_ethernet()]));
    assert!(error.is_none(), "{error:?}");
    for frame in &mut frames {
        // The number in the file is that of the first one used.
        frame.interface = 0;
    }
    assert_eq!(read, frames);
}

#[test]
fn a_file_without_frames_is_still_a_capture() {
    let interfaces = [Interface::new(LinkType::RAW, 0, Resolution::NANO)];
    for is_pcapng in [false, true] {
        let octets = written(is_pcapng, &[], &interfaces);
        let mut input = open_octets(&octets).unwrap();
        assert!(!input.advance().unwrap());
        assert_eq!(input.interfaces()[0].link, LinkType::RAW);
    }
}

#[test]
fn pcap_refuses_a_second_link_type() {
    let sink = Box::new(Shared::default());
    let mut writer = Writer::to_sink(sink, Path::new("out.pcap"), false);
    let frame = Frame { link: LinkType::ETHERNET, ..Frame::EMPTY };
    writer.write(&frame, &[], &[]).unwrap();
    let error = writer.write(&Frame { link: LinkType::RAW, ..frame }, &[], &[]).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("out.pcap: ") && text.contains(".pcapng"), "{text}");
    writer.write(&frame, &[], &[]).unwrap();
}

#[test]
fn a_full_disk_is_a_sentence() {
    for path in ["/dev/full", "/nonexistent/x.pcap"] {
        let text = match Writer::create(Path::new(path)) {
            Ok(writer) => writer.finish(&[]).unwrap_err().to_string(),
            Err(error) => error.to_string(),
        };
        assert!(text.starts_with(path) && !text.contains("os error"), "{text}");
        assert!(text.contains("choose another place"), "{text}");
    }
}

#[test]
fn the_name_chooses_the_format() {
    let folder = tempfile::tempdir().unwrap();
    for (name, magic) in [("a.pcapng", 0x0a), ("b.PCAPNG", 0x0a), ("c.pcap", 0x4d), ("d", 0x4d)] {
        let path = folder.path().join(name);
        Writer::create(&path).unwrap().finish(&[nano_ethernet()]).unwrap();
        assert_eq!(fs::read(&path).unwrap()[0], magic, "{name}");
        assert!(same_file(&path, &folder.path().join(".").join(name)));
        assert!(!same_file(&path, Path::new("/dev/null")));
    }
}

proptest! {
    #[test]
    fn any_frames_survive(
        contents in prop::collection::vec(
            (0..i64::MAX, prop::collection::vec(any::<u8>(), 0..90), any::<u16>(), ".{0,9}"),
            0..12,
        ),
    ) {
        let frames: Vec<_> = contents
            .into_iter()
            .map(|(time, octets, more, comment)| Owned {
                time: Some(Time(time)),
                link: LinkType::ETHERNET,
                wire_len: octets.len() as u32 + u32::from(more),
                octets,
                interface: 0,
                // A reader takes zero octets at the end for padding.
                comments: vec![comment.trim_end_matches('\0').to_owned()],
            })
            .collect();
        let (read, error) = read_octets(&written(true, &frames, &[nano_ethernet()]));
        prop_assert!(error.is_none(), "{error:?}");
        prop_assert_eq!(read, frames);
    }
}
