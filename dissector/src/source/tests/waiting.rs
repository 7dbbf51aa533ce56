//! Pipes that are slow or silent, and files that grow.

#![expect(clippy::disallowed_methods, reason = "what comes late has to be waited for")]

use super::*;
use std::os::fd::AsFd;
use std::thread;

/// A path that opens the descriptor again.
fn path_of(fd: &impl AsFd) -> PathBuf {
    use std::os::fd::AsRawFd;
    format!("/dev/fd/{}", fd.as_fd().as_raw_fd()).into()
}

#[test]
fn a_slow_pipe_is_processed_as_it_comes() {
    let whole = written(false, &sample(), &[nano_ethernet()]);
    let (read, mut write) = std::io::pipe().unwrap();
    let half = whole.len() - 3;
    write.write_all(&whole[..half]).unwrap();
    let mut input = Input::open(&path_of(&read)).unwrap();
    drop(read);
    // Six frames come although the seventh isn't there yet.
    for index in 0..6 {
        assert!(input.ready(), "frame {index}");
        assert!(input.advance().unwrap());
    }
    assert!(!input.ready());
    assert_eq!(input.progress(), None);
    let rest = whole[half..].to_vec();
    let writer = thread::spawn(move || {
        for octet in rest {
            write.write_all(&[octet]).unwrap();
        }
    });
    assert!(input.advance().unwrap());
    assert_eq!(Owned::of(&input), sample()[6]);
    writer.join().unwrap();
    assert!(!input.advance().unwrap());
}

#[test]
fn an_interrupt_ends_the_wait_for_a_silent_pipe() {
    for sent in [0, 3, 24, 40] {
        let whole = written(false, &sample(), &[nano_ethernet()]);
        let (read, mut write) = std::io::pipe().unwrap();
        write.write_all(&whole[..sent]).unwrap();
        let interrupt = Interrupt::manual().unwrap();
        let options = ReadOptions { interrupt: interrupt.clone(), ..ReadOptions::default() };
        let path = path_of(&read);
        let reader = thread::spawn(move || {
            let mut input = Input::open_with(&path, &options).unwrap();
            let (frames, error) = read_all(&mut input);
            (frames.len(), error.is_none(), input.interrupted())
        });
        thread::sleep(Duration::from_millis(20));
        interrupt.trigger();
        assert_eq!(reader.join().unwrap(), (usize::from(sent == 40), true, true));
        drop(write);
    }
}

#[test]
fn a_packed_silent_pipe_is_interrupted_too() {
    let whole = written(false, &sample(), &[nano_ethernet()]);
    let packed = zstd::stream::encode_all(whole.as_slice(), 1).unwrap();
    let (read, mut write) = std::io::pipe().unwrap();
    write.write_all(&packed[..packed.len() - 1]).unwrap();
    let interrupt = Interrupt::manual().unwrap();
    let options = ReadOptions { interrupt: interrupt.clone(), ..ReadOptions::default() };
    let path = path_of(&read);
    let reader = thread::spawn(move || {
        let mut input = Input::open_with(&path, &options).unwrap();
        let (_, error) = read_all(&mut input);
        (error.is_none(), input.interrupted())
    });
    thread::sleep(Duration::from_millis(20));
    interrupt.trigger();
    assert_eq!(reader.join().unwrap(), (true, true));
    drop(write);
}

#[test]
fn a_growing_file_is_followed_until_interrupted() {
    let whole = written(true, &sample(), &[nano_ethernet()]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("growing.pcapng");
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(&whole[..50]).unwrap();
    let interrupt = Interrupt::manual().unwrap();
    let options =
        ReadOptions { interrupt: interrupt.clone(), follow: true, ..ReadOptions::default() };
    let mut input = Input::open_with(&path, &options).unwrap();
    assert!(!input.ready());
    let writer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        file.write_all(&whole[50..]).unwrap();
    });
    for expected in sample() {
        assert!(input.advance().unwrap());
        assert_eq!(Owned::of(&input), expected);
    }
    writer.join().unwrap();
    interrupt.trigger();
    assert!(!input.advance().unwrap());
    assert!(input.interrupted());
}

#[test]
fn a_named_pipe_waits_for_its_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    let interrupt = Interrupt::manual().unwrap();
    let options = ReadOptions { interrupt: interrupt.clone(), ..ReadOptions::default() };
    // Nobody ever opens the other end.
    let silent = {
        let (path, options) = (path.clone(), options.clone());
        thread::spawn(move || Input::open_with(&path, &options).unwrap().interrupted())
    };
    thread::sleep(Duration::from_millis(20));
    interrupt.trigger();
    assert!(silent.join().unwrap());

    let reader = {
        let path = path.clone();
        thread::spawn(move || read_all(&mut Input::open(&path).unwrap()).0)
    };
    let whole = written(false, &sample(), &[nano_ethernet()]);
    thread::sleep(Duration::from_millis(20));
    fs::write(&path, whole).unwrap();
    assert_eq!(reader.join().unwrap(), sample());
}

#[test]
fn a_socket_that_is_closed_ends_the_input() {
    let (read, mut write) = UnixStream::pair().unwrap();
    write.write_all(&written(false, &sample(), &[nano_ethernet()])).unwrap();
    drop(write);
    let mut input = Input::from_reader(read, Path::new("socket"), &ReadOptions::default()).unwrap();
    let (frames, error) = read_all(&mut input);
    assert_eq!((frames, error.is_none()), (sample(), true));
}
