//! The pcapng format (draft-ietf-opsawg-pcapng): blocks of sections, interfaces and packets.

use bytes::Bytes;
use rappel_model::Timestamp;

use super::BadCapture;

/// An interface of the section: its link type, and how many of its ticks make a second.
struct Interface {
    link: u32,
    ticks: u64,
}

/// Reads a file, packet by packet.
pub(super) fn read(
    file: &Bytes,
    take: &mut impl FnMut(Timestamp, u32, Bytes) -> Result<(), BadCapture>,
) -> Result<(), BadCapture> {
    let mut little = true;
    let mut interfaces: Vec<Interface> = Vec::new();
    let mut at = 0;
    while file.len() - at >= 12 {
        let kind_bytes = &file[at..at + 4];
        if kind_bytes == SECTION {
            little = match &file[at + 8..at + 12] {
                [0x4d, 0x3c, 0x2b, 0x1a] => true,
                [0x1a, 0x2b, 0x3c, 0x4d] => false,
                _ => return Err(BadCapture::Unknown),
            };
            interfaces.clear();
        }
        let word = |at: usize| word(file, at, little);
        let (Some(kind), Some(length)) = (word(at), word(at + 4)) else {
            break;
        };
        let length = length as usize;
        if length < 12 || !length.is_multiple_of(4) || length > file.len() - at {
            break;
        }
        let body = at + 8..at + length - 4;
        match kind {
            INTERFACE if interfaces.len() < MAX_INTERFACES => {
                let link = word(body.start).unwrap_or_default() & 0xffff;
                let link = if little {
                    link
                } else {
                    word(body.start).unwrap_or_default() >> 16
                };
                let ticks = resolution(file, body.start + 8, body.end, little);
                interfaces.push(Interface { link, ticks });
            }
            ENHANCED => {
                let numbers = (
                    word(body.start),
                    word(body.start + 4),
                    word(body.start + 8),
                    word(body.start + 12),
                );
                if let (Some(on), Some(high), Some(low), Some(taken)) = numbers
                    && let Some(interface) = interfaces.get(on as usize)
                    && let Some(end) = (body.start + 20).checked_add(taken as usize)
                    && end <= body.end
                {
                    let ticks = u64::from(high) << 32 | u64::from(low);
                    let micros = u128::from(ticks) * 1_000_000 / u128::from(interface.ticks);
                    let at = Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX));
                    take(at, interface.link, file.slice(body.start + 20..end))?;
                }
            }
            _ => {}
        }
        at += length;
    }
    Ok(())
}

/// The option `if_tsresol` of an interface; microseconds without.
fn resolution(file: &Bytes, mut at: usize, end: usize, little: bool) -> u64 {
    while at + 4 <= end {
        let (Some(code), Some(length)) = (half(file, at, little), half(file, at + 2, little))
        else {
            break;
        };
        match (code, file.get(at + 4)) {
            (0, _) => break,
            (TSRESOL, Some(value)) => {
                let power = u32::from(value & 0x7f);
                let ticks = if value & 0x80 == 0 {
                    10u64.checked_pow(power)
                } else {
                    2u64.checked_pow(power)
                };
                return ticks.unwrap_or(MICROS);
            }
            _ => at += 4 + usize::from(length).div_ceil(4) * 4,
        }
    }
    MICROS
}

fn word(file: &Bytes, at: usize, little: bool) -> Option<u32> {
    let bytes: [u8; 4] = file.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(match little {
        true => u32::from_le_bytes(bytes),
        false => u32::from_be_bytes(bytes),
    })
}

fn half(file: &Bytes, at: usize, little: bool) -> Option<u16> {
    let bytes: [u8; 2] = file.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(match little {
        true => u16::from_le_bytes(bytes),
        false => u16::from_be_bytes(bytes),
    })
}

/// The type of a block that begins a section reads the same in both orders.
const SECTION: &[u8] = &[0x0a, 0x0d, 0x0d, 0x0a];
const INTERFACE: u32 = 1;
const ENHANCED: u32 = 6;
const TSRESOL: u16 = 9;
const MICROS: u64 = 1_000_000;
/// Most interfaces of a section.
const MAX_INTERFACES: usize = 1_000;
