//! How wide a text is at most. Drawings are shown with whatever sans-serif font a machine has, so
//! these are the advance widths of Helvetica with room for wider ones.

/// The width of a line of text in points, at most.
pub(super) fn width(text: &str, size: f64, strong: bool) -> f64 {
    let units: u32 = text.chars().map(units).sum();
    let weight = if strong { 1.06 } else { 1.0 };
    f64::from(units) / 1000.0 * size * SLACK * weight
}

/// The text, or its beginning and an ellipsis, no wider than `room`.
pub(super) fn shortened(text: &str, size: f64, strong: bool, room: f64) -> String {
    if width(text, size, strong) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if width(&kept, size, strong) + width("…", size, strong) > room {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

/// The text in lines no wider than `room`, broken at spaces and hyphens where there are any; at most
/// `most` lines, the last of them shortened.
pub(super) fn wrapped(text: &str, size: f64, strong: bool, room: f64, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if lines.len() + 1 == most || width(rest, size, strong) <= room {
            lines.push(shortened(rest, size, strong, room));
            break;
        }
        let (mut taken, mut used, mut cut) = (0, 0.0, None);
        for (at, c) in rest.char_indices() {
            let end = at + c.len_utf8();
            used += width(&rest[at..end], size, strong);
            if used > room && taken > 0 {
                break;
            }
            taken = end;
            if matches!(c, ' ' | '-' | '_' | ',' | '/') {
                cut = Some(end);
            }
        }
        let cut = cut.unwrap_or(taken);
        lines.push(rest[..cut].trim_end().to_owned());
        rest = rest[cut..].trim_start();
    }
    lines
}

/// Thousandths of the size.
fn units(c: char) -> u32 {
    match c {
        ' '..='~' => ASCII[c as usize - 0x20],
        '\u{300}'..='\u{36f}' => 0,
        'à'..='ö' | 'ø'..='ÿ' => 556,
        'À'..='Þ' | '’' | '…' | '«' | '»' | '·' => 780,
        '→' | '↓' | '▸' => 1000,
        c if (c as u32) < 0x1100 => 850,
        _ => 1250,
    }
}

/// DejaVu Sans, the widest font that is common, is about this much wider than Helvetica.
const SLACK: f64 = 1.15;

/// Advance widths of Helvetica from space to tilde.
const ASCII: [u32; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_lose_nothing_until_the_last() {
        let text = "timeout, no_agents, full, un-mot-très-long-sans-espaces-qui-ne-tient-pas";
        let lines = wrapped(text, 8.0, false, 60.0, 99);
        assert!(lines.len() > 3 && lines.iter().all(|line| width(line, 8.0, false) <= 60.0));
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        let two = wrapped(text, 8.0, false, 60.0, 2);
        assert!(two.len() == 2 && two[1].ends_with('…'), "{two:?}");
        assert_eq!(
            wrapped("漢", 8.0, false, 1.0, 3).len(),
            1,
            "one character always fits"
        );
    }
}
