//! How wide a text is at most. Drawings are shown with whatever sans-serif font a machine has, so
//! these are the advance widths of DejaVu Sans, the widest that is common; Arial takes an eighth less.

/// The width of a line of text in points, at most.
pub(super) fn width(text: &str, size: f64, strong: bool) -> f64 {
    let units: u32 = text.chars().map(|c| units(c, strong)).sum();
    f64::from(units) / 1000.0 * size
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
fn units(c: char, strong: bool) -> u32 {
    let table = if strong { &STRONG } else { &PLAIN };
    match c {
        ' '..='~' => table[c as usize - 0x20],
        '\u{300}'..='\u{36f}' => 0,
        'à'..='ö' | 'ø'..='ÿ' => 720,
        '·' | '’' => 390,
        c if (c as u32) < 0x1100 => 1100,
        '→' | '↓' | '▸' | '…' => 1050,
        _ => 1300,
    }
}

/// From space to tilde.
const PLAIN: [u32; 95] = [
    318, 401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318, 361, 318, 337, 637, 637, 637,
    637, 637, 637, 637, 637, 637, 637, 337, 337, 838, 838, 838, 531, 1000, 685, 687, 699, 771, 632,
    576, 775, 752, 295, 295, 656, 558, 863, 749, 788, 604, 788, 695, 635, 611, 732, 685, 989, 686,
    611, 686, 391, 337, 391, 838, 500, 500, 613, 635, 550, 635, 616, 353, 635, 634, 278, 278, 580,
    278, 975, 634, 612, 635, 635, 412, 521, 393, 634, 592, 818, 592, 592, 525, 637, 337, 637, 838,
];

/// The same, bold.
const STRONG: [u32; 95] = [
    349, 457, 521, 838, 696, 1002, 873, 307, 458, 458, 523, 838, 380, 416, 380, 366, 696, 696, 696,
    696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 581, 1000, 774, 763, 734, 831, 684,
    684, 821, 837, 373, 373, 775, 638, 996, 837, 851, 733, 851, 771, 721, 683, 813, 774, 1104, 771,
    725, 726, 458, 366, 458, 838, 500, 500, 675, 716, 593, 716, 679, 436, 716, 712, 343, 343, 666,
    343, 1042, 712, 688, 716, 716, 494, 596, 479, 712, 652, 924, 646, 652, 583, 712, 366, 712, 838,
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
