//! gzip. The writer's bytes decide digests, so there is one compressor, of one pinned version, called directly: no feature of another crate
//! can put a different one in its place.
//!
//! Written are members of 1 MiB each, which every reader joins again; the fixed size keeps the bytes independent of how the work was cut.

use super::{ArchiveError, Limits, Refusal};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

/// What makes the bytes; stands in the provenance of whatever is compressed.
pub const COMPRESSOR: &str = "miniz_oxide 0.9.1, level 6, gzip members of 1 MiB";

const LEVEL: u8 = 6;
const MEMBER: usize = 1 << 20;
/// No name, no time, no system; the byte before the last would say "fastest" or "smallest", and this is neither.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// Archives that unpack to less than this may have any ratio.
const SMALL: usize = 4 << 20;

/// Compresses bytes.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 8 + 64);
    member(&bytes[..bytes.len().min(MEMBER)], &mut out);
    bytes.chunks(MEMBER).skip(1).for_each(|chunk| member(chunk, &mut out));
    out
}

fn member(chunk: &[u8], out: &mut Vec<u8>) {
    out.extend(HEADER);
    out.extend(compress_to_vec(chunk, LEVEL));
    out.extend(crc32fast::hash(chunk).to_le_bytes());
    // At most `MEMBER`.
    out.extend((chunk.len() as u32).to_le_bytes());
}

/// Unpacks one or more members, up to the limits.
pub fn gunzip(packed: &[u8], limits: &Limits) -> Result<Vec<u8>, ArchiveError> {
    let mut out = Vec::new();
    let mut rest = packed;
    loop {
        rest = skip_header(rest)?;
        let start = out.len();
        rest = inflate_member(rest, packed.len(), limits, &mut out)?;
        let Some((trailer, after)) = rest.split_first_chunk::<8>() else {
            return Err(Refusal::Truncated.whole());
        };
        let crc = u32::from_le_bytes([trailer[0], trailer[1], trailer[2], trailer[3]]);
        let length = u32::from_le_bytes([trailer[4], trailer[5], trailer[6], trailer[7]]);
        let member = &out[start..];
        if crc != crc32fast::hash(member) || length != member.len() as u32 {
            return Err(Refusal::CorruptGzip.whole());
        }
        rest = after;
        if rest.is_empty() {
            return Ok(out);
        }
        if !rest.starts_with(&HEADER[..2]) {
            return Err(Refusal::TrailingData.whole());
        }
    }
}

/// The header of a member: fixed part, then an extra field, a name, a comment and a checksum where flags say so.
fn skip_header(bytes: &[u8]) -> Result<&[u8], ArchiveError> {
    let magic = &bytes[..bytes.len().min(3)];
    if magic != &HEADER[..magic.len()] || magic.is_empty() {
        return Err(Refusal::NotGzip.whole());
    }
    let truncated = || Refusal::Truncated.whole();
    let (head, mut rest) = bytes.split_first_chunk::<10>().ok_or_else(truncated)?;
    let flags = head[3];
    if flags & 0b1110_0000 != 0 {
        return Err(Refusal::NotGzip.whole());
    }
    if flags & 4 != 0 {
        let (length, after) = rest.split_first_chunk::<2>().ok_or_else(truncated)?;
        rest = after.get(usize::from(u16::from_le_bytes(*length))..).ok_or_else(truncated)?;
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            let end = rest.iter().position(|byte| *byte == 0).ok_or_else(truncated)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & 2 != 0 {
        let (stated, after) = rest.split_first_chunk::<2>().ok_or_else(truncated)?;
        let hash = crc32fast::hash(&bytes[..bytes.len() - rest.len()]);
        if u16::from_le_bytes(*stated) != (hash & 0xffff) as u16 {
            return Err(Refusal::CorruptGzip.whole());
        }
        rest = after;
    }
    Ok(rest)
}

/// Unpacks the data of one member and gives what stands behind it.
fn inflate_member<'a>(
    data: &'a [u8],
    packed: usize,
    limits: &Limits,
    out: &mut Vec<u8>,
) -> Result<&'a [u8], ArchiveError> {
    let mut state = InflateState::new_boxed(DataFormat::Raw);
    let mut buffer = vec![0; 64 << 10];
    let mut rest = data;
    loop {
        let done = inflate(&mut state, rest, &mut buffer, MZFlush::None);
        rest = &rest[done.bytes_consumed..];
        out.extend(&buffer[..done.bytes_written]);
        if out.len() > limits.unpacked {
            return Err(Refusal::TooLarge.whole());
        }
        if out.len() > SMALL && out.len() / limits.ratio > packed {
            return Err(Refusal::Bomb.whole());
        }
        match done.status {
            Ok(MZStatus::StreamEnd) => return Ok(rest),
            Ok(_) if done.bytes_consumed > 0 || done.bytes_written > 0 => {}
            // Neither reads nor writes: it waits for more.
            Ok(_) | Err(MZError::Buf) => return Err(Refusal::Truncated.whole()),
            Err(_) => return Err(Refusal::CorruptGzip.whole()),
        }
    }
}
