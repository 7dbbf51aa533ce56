//! Packed captures, unpacked as they are read, in bounded memory.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use liblzma::bufread::XzDecoder;
use lz4_flex::frame::FrameDecoder;

use super::error::Fault;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// gzip (RFC 1952), any number of members.
    Gzip,
    /// Zstandard (RFC 8878), any number of frames.
    Zstd,
    /// The LZ4 frame format, any number of frames.
    Lz4,
    /// xz, any number of streams.
    Xz,
}

/// Octets that tell how a file is packed.
pub(super) const MAGIC_LEN: usize = 6;

/// The power of two that bounds a Zstandard window: what `zstd -20 --ultra` needs.
const ZSTD_WINDOW_LOG: u32 = 25;
/// What xz may take: `xz -8` needs 33 MiB to unpack.
const XZ_MEMORY: u64 = 34 << 20;

impl Packing {
    /// Recognizes a file by its first octets.
    pub(super) fn detect(start: &[u8]) -> Option<Self> {
        match start {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            // The second is a frame to skip, with which parallel zstd starts a file.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            [0x04, 0x22, 0x4d, 0x18, ..] => Some(Self::Lz4),
            [0xfd, b'7', b'z', b'X', b'Z', 0x00, ..] => Some(Self::Xz),
            _ => None,
        }
    }

    /// The most memory that unpacking takes, in octets.
    pub(super) fn memory_limit(self) -> u64 {
        match self {
            Self::Gzip => 32 << 10,
            Self::Zstd => 1 << ZSTD_WINDOW_LOG,
            Self::Lz4 => 12 << 20,
            Self::Xz => XZ_MEMORY,
        }
    }

    /// A command that unpacks such a file without that limit.
    pub(super) fn unpack_command(self) -> &'static str {
        match self {
            Self::Gzip => "gzip -d",
            Self::Zstd => "zstd -d --long=31",
            Self::Lz4 => "lz4 -d",
            Self::Xz => "xz -d",
        }
    }

    /// A reader of what the packed octets hold.
    pub(super) fn unpack<R>(self, packed: R) -> io::Result<Box<dyn Read + Send>>
    where
        R: Read + Send + 'static,
    {
        let packed = BufReader::with_capacity(128 << 10, packed);
        Ok(match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Box::new(decoder)
            }
            Self::Lz4 => Box::new(Lz4Frames(Some(FrameDecoder::new(Whole(packed))))),
            Self::Xz => {
                let flags = liblzma::stream::CONCATENATED;
                let stream = liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY, flags)?;
                Box::new(XzDecoder::new_stream(packed, stream))
            }
        })
    }

    /// What an error of the unpacking means, after `at` unpacked octets.
    pub(super) fn explain(self, error: io::Error, at: u64) -> Fault {
        if error.raw_os_error().is_some() {
            return Fault::Read { at, error };
        }
        let inner = error.get_ref();
        let cut_frame = inner.and_then(|inner| inner.downcast_ref::<Cut>()).is_some();
        if cut_frame || error.kind() == io::ErrorKind::UnexpectedEof {
            return Fault::PackedCut { packing: self, at };
        }
        let reason = error.to_string();
        // The libraries say this in words only.
        if reason.contains("too much memory") || reason.contains("memory limit") {
            return Fault::PackedTooLarge(self);
        }
        Fault::PackedDamaged { packing: self, at, reason }
    }
}

impl fmt::Display for Packing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Xz => "xz",
        })
    }
}

/// LZ4 frames one after the other. The decoder stops at the end of each, and takes the end of
/// the file between two blocks for an end of the frame; both are mended here.
struct Lz4Frames<R: Read>(Option<FrameDecoder<Whole<R>>>);

/// A reader whose end is an error, since it is only read within a frame.
struct Whole<R>(R);

impl<R: BufRead> Read for Lz4Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(decoder) = &mut self.0 else { return Ok(0) };
            let count = decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            // A new decoder for each frame, for its buffers are sized by the frame's header.
            let Some(Whole(mut packed)) = self.0.take().map(FrameDecoder::into_inner) else {
                return Ok(0);
            };
            if packed.fill_buf()?.is_empty() {
                return Ok(0);
            }
            self.0 = Some(FrameDecoder::new(Whole(packed)));
        }
    }
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 if !buffer.is_empty() => Err(Cut.into()),
            count => Ok(count),
        }
    }

    /// The decoder forgives `UnexpectedEof` where a block should start, so this one is packed
    /// into an error of another kind.
    fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.0.read_exact(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Cut.into(),
            _ => error,
        })
    }
}

#[derive(Debug)]
struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the file ends within a frame")
    }
}

impl std::error::Error for Cut {}

impl From<Cut> for io::Error {
    fn from(cut: Cut) -> Self {
        Self::other(cut)
    }
}
