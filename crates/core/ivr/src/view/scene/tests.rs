//! Nothing on a drawing crosses what is written, and example B is legible on one sheet of A3.

use proptest::prelude::*;

use super::super::flow::{Defaults, FlowView};
use super::super::svg;
use super::*;
use crate::words::Lang;

const GARAGE: &str =
    include_str!("../../../../../../tests/examples/tenants/garage-martin/flows/accueil.toml");
const CENTRE: &str =
    include_str!("../../../../../../tests/examples/tenants/lumen/flows/accueil.toml");

fn drawn(text: &str) -> Scene {
    let flow = FlowView::read("accueil", text, &Defaults::new()).unwrap();
    Scene::new(&Chart::new(&flow, Lang::Fr))
}

/// Whether a line touches a rectangle (Liang and Barsky's clipping).
fn touches(a: (f64, f64), b: (f64, f64), rect: &Rect) -> bool {
    let (mut from, mut to) = (0.0_f64, 1.0_f64);
    let sides = [
        (a.0 - b.0, a.0 - rect.x),
        (b.0 - a.0, rect.x + rect.w - a.0),
        (a.1 - b.1, a.1 - rect.y),
        (b.1 - a.1, rect.y + rect.h - a.1),
    ];
    for (direction, distance) in sides {
        if direction == 0.0 {
            if distance < 0.0 {
                return false;
            }
        } else if direction < 0.0 {
            from = from.max(distance / direction);
        } else {
            to = to.min(distance / direction);
        }
    }
    from <= to
}

/// Whether two lines meet.
fn meet(a: [(f64, f64); 2], b: [(f64, f64); 2]) -> bool {
    // Lines are upright or level: as rectangles without width they meet where these do.
    let hull = |line: [(f64, f64); 2]| Rect {
        x: line[0].0.min(line[1].0),
        y: line[0].1.min(line[1].1),
        w: (line[0].0 - line[1].0).abs(),
        h: (line[0].1 - line[1].1).abs(),
    };
    touches(a[0], a[1], &hull(b))
}

/// Everything that would make a drawing illegible.
fn faults(scene: &Scene) -> Vec<String> {
    let mut faults = Vec::new();
    let sheet = Rect {
        x: 0.0,
        y: 0.0,
        w: scene.width,
        h: scene.height,
    };
    for (i, label) in scene.labels.iter().enumerate() {
        let text = &label.text;
        if label.size < 8.0 || !sheet.holds(&label.rect) {
            faults.push(format!("{text:?} is too small or off the sheet"));
        }
        for edge in &scene.edges {
            if edge
                .points
                .windows(2)
                .any(|line| touches(line[0], line[1], &label.rect))
            {
                faults.push(format!("{text:?} is crossed by {:?}", edge.points));
            }
        }
        for other in &scene.labels[i + 1..] {
            if label.rect.overlaps(&other.rect) {
                faults.push(format!("{text:?} and {:?} overlap", other.text));
            }
        }
        for card in &scene.cards {
            if card.rect.overlaps(&label.rect) && !card.rect.holds(&label.rect) {
                faults.push(format!("{text:?} is cut by the border of {:?}", card.rect));
            }
        }
    }
    for (i, card) in scene.cards.iter().enumerate() {
        if !sheet.holds(&card.rect) {
            faults.push(format!("{:?} is off the sheet", card.rect));
        }
        if scene.cards[i + 1..]
            .iter()
            .any(|other| card.rect.overlaps(&other.rect))
        {
            faults.push(format!("{:?} lies on another card", card.rect));
        }
        let inside = Rect {
            x: card.rect.x + 0.01,
            y: card.rect.y + 0.01,
            w: card.rect.w - 0.02,
            h: card.rect.h - 0.02,
        };
        for edge in &scene.edges {
            if edge
                .points
                .windows(2)
                .any(|line| touches(line[0], line[1], &inside))
            {
                faults.push(format!("{:?} is crossed by {:?}", card.rect, edge.points));
            }
        }
    }
    for (i, edge) in scene.edges.iter().enumerate() {
        for other in &scene.edges[i + 1..] {
            let lines = edge.points.windows(2).map(|line| [line[0], line[1]]);
            let mut others = other.points.windows(2).map(|line| [line[0], line[1]]);
            if lines
                .clone()
                .any(|line| others.clone().any(|other| meet(line, other)))
                || others.any(|other| lines.clone().any(|line| meet(other, line)))
            {
                faults.push(format!("{:?} meets {:?}", edge.points, other.points));
            }
        }
    }
    faults
}

#[test]
fn example_b_is_legible_on_one_sheet_of_a3() {
    let scene = drawn(CENTRE);
    assert_eq!(faults(&scene), Vec::<String>::new());
    let groups = 6;
    assert_eq!(scene.cards.len(), 35 + groups);
    assert!(
        scene.width <= A3.0 && scene.height <= A3.1,
        "{} × {} points",
        scene.width,
        scene.height
    );
}

#[test]
fn example_a_is_legible_on_one_sheet_of_a3() {
    let scene = drawn(GARAGE);
    assert_eq!(faults(&scene), Vec::<String>::new());
    assert!(scene.width <= A3.0 && scene.height <= A3.1);
}

#[test]
fn the_ruler_finds_what_is_crossed() {
    let mut scene = drawn(GARAGE);
    let label = scene.labels[9].rect;
    scene.edges.push(Edge {
        points: vec![
            (label.x - 9.0, label.y + 2.0),
            (label.x + 900.0, label.y + 2.0),
        ],
    });
    let found = faults(&scene);
    assert!(
        found.iter().any(|fault| fault.contains("is crossed by")),
        "{found:?}"
    );
    let moved = scene.cards[3].rect;
    scene.cards[4].rect = moved;
    assert!(
        faults(&scene)
            .iter()
            .any(|fault| fault.contains("lies on another"))
    );
}

#[test]
fn what_is_written_is_escaped() {
    let text = "rappel = 1\n[flow]\nstart = \"a\"\ntitle = \"<script>&\\u0007\"\n\
        [step.a]\ndo = \"switch\"\nelse = \"<b>\"\ncase = [{ if = \"a < \\\"b\\\"\", then = \"a\" }]\n";
    let shown = svg(&drawn(text));
    assert!(shown.contains("&lt;script&gt;&amp;</title>"), "{shown}");
    assert!(shown.contains("si a &lt; &quot;b&quot;"), "{shown}");
    assert!(!shown.contains("<script") && !shown.contains('\u{7}'));
}

#[test]
fn an_empty_flow_is_a_title() {
    let scene = drawn("[flow]\ntitle = \"Rien\"\n");
    assert_eq!((scene.cards.len(), scene.labels.len()), (0, 1));
}

/// Flows of any shape: who leads where, by which ways, with long and short names.
fn any_flow() -> impl Strategy<Value = String> {
    let step = (
        0..7_u8,
        prop::collection::vec(0..40_usize, 0..7),
        0..30_usize,
    );
    prop::collection::vec(step, 1..40).prop_map(|steps| {
        let mut text =
            String::from("[flow]\nstart = \"s0\"\non_error = \"s1\"\non_hangup = \"s3\"\n");
        for (i, (verb, ways, long)) in steps.iter().enumerate() {
            let verb =
                ["menu", "hours", "queue", "voicemail", "hangup", "tag", "?"][usize::from(*verb)];
            let title = "étape-assez longue ".repeat(long / 6);
            text.push_str(&format!(
                "[step.s{i}]\ndo = \"{verb}\"\ntitle = \"{title}{i}\"\n"
            ));
            for (k, way) in ways.iter().enumerate() {
                let name = [
                    "next",
                    "press.1",
                    "press.\"#\"",
                    "on.closed",
                    "on.no_answer",
                    "on.x",
                    "on.y",
                ][k];
                text.push_str(&format!("{name} = \"s{way}\"\n"));
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_drawing_is_legible(text in any_flow()) {
        let scene = drawn(&text);
        prop_assert_eq!(faults(&scene), Vec::<String>::new(), "{}", text);
        // Never off the shape of the sheet by much: everything is seen at once.
        prop_assert!(svg(&scene).starts_with("<svg "));
    }
}

/// A flow as large as may be is drawn in the time of a command.
#[test]
fn two_thousand_steps_in_a_row_are_drawn() {
    let mut text = String::from("[flow]\nstart = \"s0\"\n");
    for i in 0..2000 {
        let (next, other) = (i + 1, i * 7 % 2000);
        text.push_str(&format!(
            "[step.s{i}]\ndo = \"menu\"\npress.1 = \"s{next}\"\non.give_up = \"s{other}\"\n"
        ));
    }
    assert!(drawn(&text).cards.len() >= 2000);
}
