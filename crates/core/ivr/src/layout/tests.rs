//! Laid out: as the manual shows, without a comment or a value lost, and nothing more to do after.

use proptest::prelude::*;

use super::*;

fn laid_out(text: &str) -> String {
    layout("f.toml", text).unwrap_or_else(|problems| panic!("{}\n{text}", problems[0]))
}

#[test]
fn a_step_has_its_columns_its_order_and_its_comments() {
    let written = "\n\nrappel=1\n[flow] # le début\nstart = \"a\"\n# --- Menu ---\n\n\n[ step . a ]\n\
        press.\"#\"=\"b\"\npress.2=\"b\"   # deux\non.error = 'b'\non.give_up=\"b\"\n\n\
        # la phrase\nprompt = [\n  \"x\", # un\n  \"y\",\n]\npress.0 = \"b\"\nnext.odd = 1\n\
        do = \"menu\"\nif = \"vip\"\n# fin de l'étape\n\n# de b\n[step.b]\ndo = \"hangup\"\n\n# fin\n\n";
    let expected = "rappel = 1\n\n[flow]                                 # le début\nstart = \"a\"\n\n\
        # --- Menu ---\n\n[step.a]\ndo         = \"menu\"\nif         = \"vip\"\n# la phrase\n\
        prompt     = [\n  \"x\", # un\n  \"y\",\n]\nnext.odd   = 1\n\
        press.2    = \"b\"                       # deux\npress.0    = \"b\"\npress.\"#\"  = \"b\"\n\
        on.give_up = \"b\"\non.error   = 'b'\n# fin de l'étape\n\n# de b\n[step.b]\ndo = \"hangup\"\n\n\
        # fin\n";
    assert_eq!(laid_out(written), expected);
}

#[test]
fn other_files_keep_their_order_and_their_paragraphs() {
    let written = "[queue.textos]   # dialogues\nteam=\"x\"\n[prompt.a]\nfr = \"A\"\nen = \"A\"\n\
        [[person.a.absence]]\n\nfrom   = \"1\"\n\n\nto = \"2\"\nvery_long_key = 1\n";
    let expected = "[queue.textos]                         # dialogues\nteam = \"x\"\n[prompt.a]\n\
        fr = \"A\"\nen = \"A\"\n[[person.a.absence]]\nfrom = \"1\"\n\nto            = \"2\"\n\
        very_long_key = 1\n";
    assert_eq!(laid_out(written), expected);
}

#[test]
fn a_long_line_does_not_push_its_neighbours() {
    let long = format!("escalate = [\"{}\"] # loin\nb = 1 # près\n", "a".repeat(80));
    let shown = laid_out(&long);
    assert!(shown.contains("\"]  # loin"), "{shown}");
    let near = shown.lines().nth(1).unwrap();
    assert_eq!(near.find('#'), Some(39), "{shown}");
}

#[test]
fn line_ends_and_the_byte_order_mark_stay() {
    let shown = laid_out("\u{feff}a=1\r\n\r\n\r\nb= \"\"\"x\ny\"\"\"\r\n");
    assert_eq!(shown, "\u{feff}a = 1\r\n\r\nb = \"\"\"x\ny\"\"\"\r\n");
    for text in ["", "\n\n", "\u{feff}", "# rien", "a = nan"] {
        let once = laid_out(text);
        assert_eq!(laid_out(&once), once, "{text:?}");
    }
}

#[test]
fn what_is_no_toml_is_refused_with_its_place() {
    let problems = layout("flows/a.toml", "rappel = 1\n[step.a\ndo = \"x\"\n").unwrap_err();
    assert_eq!((problems[0].code, problems[0].place.line), ("R001", 2));
    let problems = layout("f", "a = 1\na = 2\n").unwrap_err();
    assert_eq!((problems[0].code, problems[0].place.line), ("R110", 2));
    let largest = format!("# {}", "é".repeat(MAX_FILE / 2));
    assert_eq!(layout("f", &largest).unwrap_err()[0].code, "R702");
    assert!(layout("f", &largest[..MAX_FILE]).is_ok());
}

/// What the manual prints is what this writes, but for columns that the manual spares.
#[test]
fn the_examples_of_the_manual_keep_their_lines() {
    let examples = [
        include_str!("../../../../../tests/examples/tenants/garage-martin/flows/accueil.toml"),
        include_str!("../../../../../tests/examples/tenants/lumen/flows/accueil.toml"),
        include_str!("../../../../../tests/examples/shared/flows/choisir-langue.toml"),
    ];
    for text in examples {
        let shown = laid_out(text);
        assert_eq!(shown.lines().count(), text.lines().count());
        let words = |text: &str| -> Vec<Vec<String>> {
            let mut lines: Vec<Vec<String>> = text
                .lines()
                .map(|line| line.split_whitespace().map(str::to_owned).collect())
                .collect();
            lines.sort();
            lines
        };
        assert_eq!(words(&shown), words(text));
        let headers = |text: &str| -> Vec<String> {
            let lines = text.lines().filter(|l| l.starts_with(['[', '#']));
            lines.map(str::to_owned).collect()
        };
        assert_eq!(headers(&shown), headers(text));
        assert_eq!(laid_out(&shown), shown);
    }
}

/// Lines as somebody in a hurry writes them.
fn any_file() -> impl Strategy<Value = (String, Vec<String>)> {
    let line = (0..14_u8, 0..6_u8, 0..4_u8, any::<bool>());
    (prop::collection::vec(line, 0..60), any::<bool>()).prop_map(|(lines, crlf)| {
        let mut text = String::new();
        let mut comments = Vec::new();
        for (i, (what, verb, gap, commented)) in lines.into_iter().enumerate() {
            let space = ["", " ", "  ", "\t"][usize::from(gap)];
            let verb = ["menu", "queue", "set", "play", "nope", "hours"][usize::from(verb)];
            let line = match what {
                0 => format!("[step.s{i}]"),
                1 => format!("[ step . \"é{i}\" ]"),
                2 => format!("[[list.l{i}]]"),
                3 => format!("do.x{i}{space}={space}\"{verb}\""),
                4 => format!("press.k{i}{space}= 'b'"),
                5 => format!("on.w{i} = \"#{verb}\""),
                6 => format!("k{i}{space}={space}[ 1,{space}\n # dans la liste {i}\n2 ]"),
                7 => format!("k{i} = {{ a = \"{verb}\", b{space}= [1] }}"),
                8 => format!("prompt.p{i} = \"\"\"\n  # pas un commentaire\n\"\"\""),
                9 => format!("set.v{i} = \"a\\\" # \""),
                10 | 11 => String::new(),
                12 => format!("tags.t{i}=1.5e3"),
                _ => format!("\"quoted {i}\"{space}= 2026-11-24"),
            };
            if what == 6 {
                comments.push(format!("# dans la liste {i}"));
            }
            text.push_str(space);
            text.push_str(&line);
            if commented {
                comments.push(format!("# remarque {i}"));
                text.push_str(&format!("{space}# remarque {i}{space}"));
            }
            text.push_str(if crlf { "\r\n" } else { "\n" });
        }
        (text, comments)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Laying out keeps every value and every comment, and has nothing to do the second time.
    #[test]
    fn is_faithful_and_done_at_once((text, comments) in any_file()) {
        let shown = laid_out(&text);
        prop_assert!(says_the_same(&text, &shown), "{text}\n---\n{shown}");
        prop_assert_eq!(laid_out(&shown), shown.clone(), "{}", text);
        for comment in comments {
            prop_assert_eq!(shown.matches(&format!("{comment}\n")).count()
                + shown.matches(&format!("{comment}\r\n")).count()
                + shown.matches(&format!("{comment} \n")).count()
                + shown.matches(&format!("{comment}\t\n")).count(), 1, "{}\n---\n{}", text, shown);
        }
    }

    /// Nothing makes it stumble.
    #[test]
    fn takes_anything(text in "\\PC{0,80}|[\\[\\]a.=\"'#{}, \r\n]{0,60}") {
        if let Ok(shown) = layout("f", &text) {
            prop_assert_eq!(laid_out(&shown), shown);
        }
    }
}
