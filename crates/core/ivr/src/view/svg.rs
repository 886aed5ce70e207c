//! A scene as SVG, complete in itself.

use std::fmt::Write;

use super::group::Group;
use super::scene::{Card, Edge, Label, Rect, Scene, Tone};

/// Writes a drawing as an SVG file: one page, light background, no scripts, nothing fetched.
pub fn svg(scene: &Scene) -> String {
    let (width, height) = (scene.width, scene.height);
    let mut text = String::new();
    let mut put = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    put(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.1}pt\" height=\"{height:.1}pt\" \
         viewBox=\"0 0 {width:.1} {height:.1}\" font-family=\"{FONTS}\">"
    ));
    put(format!("<title>{}</title>", escaped(&scene.title)));
    put(format!(
        "<rect width=\"{width:.1}\" height=\"{height:.1}\" fill=\"#ffffff\"/>"
    ));
    for edge in &scene.edges {
        put(line(edge));
    }
    for card in &scene.cards {
        put(shape(card));
    }
    for label in &scene.labels {
        put(written(label));
    }
    put("</svg>".to_owned());
    text
}

/// A line with rounded corners and an arrow.
fn line(edge: &Edge) -> String {
    let mut path = String::new();
    let points = &edge.points;
    let Some(((first_x, first_y), (last_x, last_y))) =
        points.first().copied().zip(points.last().copied())
    else {
        return path;
    };
    let mut d = format!("M{first_x:.1} {first_y:.1}");
    for around in points.windows(3) {
        let [a, b, c] = [around[0], around[1], around[2]];
        let (before, after) = (towards(b, a), towards(b, c));
        let _ = write!(
            d,
            " L{:.1} {:.1} Q{:.1} {:.1} {:.1} {:.1}",
            before.0, before.1, b.0, b.1, after.0, after.1
        );
    }
    let _ = write!(d, " L{last_x:.1} {last_y:.1}");
    let _ = write!(
        path,
        "<path d=\"{d}\" fill=\"none\" stroke=\"{INK}\" stroke-width=\"1\"/>"
    );
    let before = points[points.len() - 2];
    let is_down = before.0 == last_x;
    let head = if is_down {
        [(last_x - 3.0, last_y - 6.0), (last_x + 3.0, last_y - 6.0)]
    } else {
        [(last_x - 6.0, last_y - 3.0), (last_x - 6.0, last_y + 3.0)]
    };
    let _ = write!(
        path,
        "<path d=\"M{last_x:.1} {last_y:.1} L{:.1} {:.1} L{:.1} {:.1} Z\" fill=\"{INK}\"/>",
        head[0].0, head[0].1, head[1].0, head[1].1
    );
    path
}

/// The point a little way from `a` to `b`.
fn towards(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx.hypot(dy).max(0.001);
    let part = CORNER.min(length / 2.0) / length;
    (a.0 + dx * part, a.1 + dy * part)
}

/// A card in the shape and the colours of its group.
fn shape(card: &Card) -> String {
    let look = Look::of(card.group);
    let rect = &card.rect;
    let width = if card.is_start { 2.2 } else { 1.0 };
    let outline = outline(card.group, rect);
    let head = head(card.group, rect, card.head.min(rect.h));
    let mut shown = format!(
        "<path d=\"{outline}\" fill=\"#ffffff\"/><path d=\"{head}\" fill=\"{}\"/>\
         <path d=\"{outline}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"/>",
        look.fill, look.stroke
    );
    let stroke = look.stroke;
    let (x, y, right, bottom) = (rect.x, rect.y, rect.x + rect.w, rect.y + rect.h);
    if card.group == Group::Leave {
        let _ = write!(
            shown,
            "<path d=\"M{:.1} {y:.1} v{FOLD} h{FOLD} Z\" fill=\"#ffffff\" stroke=\"{stroke}\"/>",
            right - FOLD
        );
    }
    if card.group == Group::People {
        let _ = write!(
            shown,
            "<path d=\"M{0:.1} {y:.1} V{bottom:.1} M{1:.1} {y:.1} V{bottom:.1}\" stroke=\"{stroke}\" fill=\"none\"/>",
            x + 2.5,
            right - 2.5
        );
    }
    if card.is_end {
        let _ = write!(
            shown,
            "<path d=\"M{:.1} {:.1} H{:.1}\" stroke=\"{stroke}\" stroke-width=\"2.2\"/>",
            x + FOLD,
            bottom + 2.5,
            right - FOLD
        );
    }
    shown
}

/// The border of a card: round for speaking, cut corners for decisions, a folded corner for what is
/// left behind, straight for the rest.
fn outline(group: Group, rect: &Rect) -> String {
    let (x, y, w, h) = (rect.x, rect.y, rect.w, rect.h);
    let c = FOLD.min(h / 2.0);
    let (wide, tall) = (w - 2.0 * c, h - 2.0 * c);
    match group {
        Group::Talk | Group::Call => format!(
            "M{:.1} {y:.1} h{wide:.1} q{c} 0 {c} {c} v{tall:.1} q0 {c} -{c} {c} h-{wide:.1} q-{c} 0 -{c} -{c} \
             v-{tall:.1} q0 -{c} {c} -{c} Z",
            x + c
        ),
        Group::Decide => format!(
            "M{:.1} {y:.1} h{wide:.1} l{c} {c} v{tall:.1} l-{c} {c} h-{wide:.1} l-{c} -{c} v-{tall:.1} Z",
            x + c
        ),
        Group::Leave => format!(
            "M{x:.1} {y:.1} h{:.1} l{c} {c} v{:.1} h-{w:.1} Z",
            w - c,
            h - c
        ),
        Group::People | Group::Mark => format!("M{x:.1} {y:.1} h{w:.1} v{h:.1} h-{w:.1} Z"),
    }
}

/// The coloured part of a card: its outline down to the end of the head.
fn head(group: Group, rect: &Rect, height: f64) -> String {
    if height >= rect.h - FOLD {
        return outline(group, rect);
    }
    let (x, y, w) = (rect.x, rect.y, rect.w);
    let (c, rest) = (FOLD, height - FOLD);
    let wide = w - 2.0 * c;
    match group {
        Group::Talk | Group::Call => format!(
            "M{:.1} {y:.1} h{wide:.1} q{c} 0 {c} {c} v{rest:.1} h-{w:.1} v-{rest:.1} q0 -{c} {c} -{c} Z",
            x + c
        ),
        Group::Decide => format!(
            "M{:.1} {y:.1} h{wide:.1} l{c} {c} v{rest:.1} h-{w:.1} v-{rest:.1} Z",
            x + c
        ),
        Group::Leave => format!(
            "M{x:.1} {y:.1} h{:.1} l{c} {c} v{rest:.1} h-{w:.1} Z",
            w - c
        ),
        Group::People | Group::Mark => format!("M{x:.1} {y:.1} h{w:.1} v{height:.1} h-{w:.1} Z"),
    }
}

fn written(label: &Label) -> String {
    let weight = if label.tone.is_bold() {
        "bold"
    } else {
        "normal"
    };
    let fill = match label.tone {
        Tone::Strong | Tone::Plain => INK,
        Tone::Reference => "#1a4f8b",
        Tone::Faint => "#455a64",
    };
    format!(
        "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"{:.1}\" font-weight=\"{weight}\" fill=\"{fill}\">{}</text>",
        label.rect.x,
        label.rect.y + label.size * 0.95,
        label.size,
        escaped(&label.text)
    )
}

/// Colours of a group.
struct Look {
    fill: &'static str,
    stroke: &'static str,
}

impl Look {
    const fn of(group: Group) -> Self {
        let (fill, stroke) = match group {
            Group::Call => ("#e4e9ec", "#546e7a"),
            Group::Talk => ("#dcedfb", "#1565c0"),
            Group::Decide => ("#fff0c9", "#a86400"),
            Group::People => ("#dff1e0", "#2e7d32"),
            Group::Leave => ("#efdff5", "#7b1fa2"),
            Group::Mark => ("#f1f1f1", "#757575"),
        };
        Self { fill, stroke }
    }
}

/// Text as XML allows it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            // XML knows no other control characters, escaped or not.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}

const INK: &str = "#263238";
const FONTS: &str = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif";
/// Radius of the corners of lines.
const CORNER: f64 = 3.0;
/// Size of the corners of cards.
const FOLD: f64 = 7.0;
