//! Flows laid out, drawn, explained; the language as a manual and a schema.

use std::fs;
use std::path::PathBuf;

use rappel_tests::engine::temporary_folder;

use super::{rappel, text};

/// The companies of the examples.
fn examples() -> String {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    tests.join("examples").to_string_lossy().into_owned()
}

/// What a command that succeeds prints about the call centre.
fn centre(verb: &str, more: &[&str]) -> String {
    let examples = examples();
    let mut args = vec![verb, "accueil", "--tenant", "lumen", "--config", &examples];
    args.extend(more);
    let out = rappel(&args);
    assert!(out.status.success(), "{out:?}");
    text(&out.stdout)
}

#[test]
fn a_flow_is_drawn_in_three_ways() {
    let shown = centre("graph", &["--lang", "fr"]);
    assert!(shown.contains("▸ début\n● 1 langue"), "{shown}");
    let dot = centre("graph", &["--format", "dot"]);
    assert!(dot.starts_with("digraph") && dot.ends_with("}\n"), "{dot}");
    let file = temporary_folder().with_extension("svg");
    let name = file.to_string_lossy().into_owned();
    let out = centre("graph", &["--format", "svg", "--out", &name]);
    assert_eq!(out, "");
    let svg = fs::read_to_string(&file).expect("it was written");
    assert!(svg.starts_with("<svg ") && svg.contains(">35<"), "{svg}");
    fs::remove_file(file).expect("it is ours");
}

#[test]
fn what_we_ship_is_laid_out_as_we_lay_it_out() {
    let demo = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../crates/shell/server/demo");
    for folder in [demo.to_string_lossy().into_owned(), examples()] {
        let out = rappel(&["fmt", "--check", "--config", &folder]);
        assert!(out.status.success(), "{}", text(&out.stdout));
    }
}

#[test]
fn a_flow_is_explained_in_both_languages() {
    let french = centre("explain", &["--lang", "fr"]);
    let expected = "Pendant les heures d'ouverture, on cherche";
    assert!(french.contains(expected), "{french}");
    let english = centre("explain", &["--lang", "en"]);
    assert!(
        english.contains("During opening hours, we look for"),
        "{english}"
    );
    let examples = examples();
    let wrong = [
        "explain", "acceuil", "--tenant", "lumen", "--config", &examples,
    ];
    let out = rappel(&wrong);
    let said = text(&out.stderr);
    assert!(!out.status.success() && said.contains("accueil"), "{said}");
}

#[test]
fn files_are_laid_out_once_and_a_broken_one_is_left_alone() {
    let folder = temporary_folder();
    let flows = folder.join("tenants/a/flows");
    fs::create_dir_all(&flows).expect("it is ours");
    let (good, broken) = (flows.join("good.toml"), flows.join("broken.toml"));
    fs::write(&good, "[step.a] # x\nnext=\"b\"\ndo=\"tag\"\n").expect("it is ours");
    fs::write(&broken, "[step.a\n").expect("it is ours");
    let config = folder.to_string_lossy().into_owned();
    let out = rappel(&["fmt", "--config", &config, "--check"]);
    let named = text(&out.stdout).contains("good.toml");
    assert!(!out.status.success() && named, "{out:?}");
    let out = rappel(&["fmt", "--config", &config, "--lang", "en"]);
    assert!(!out.status.success(), "one is refused");
    assert!(text(&out.stderr).contains("broken.toml:1"), "{out:?}");
    let laid_out = fs::read_to_string(&good).expect("it is there");
    let expected = "do   = \"tag\"\nnext = \"b\"\n";
    assert!(laid_out.ends_with(expected), "{laid_out}");
    let left = fs::read_to_string(&broken).expect("it is there");
    assert_eq!(left, "[step.a\n");
    let out = rappel(&["fmt", &good.to_string_lossy(), "--check"]);
    assert!(out.status.success(), "{out:?}");
    fs::remove_dir_all(folder).expect("it is ours");
}

#[test]
fn steps_are_explained_and_schemas_printed() {
    let page = text(&rappel(&["help", "menu", "--lang", "fr"]).stdout);
    assert!(
        page.contains("obligatoire") && page.contains("[step.nom]"),
        "{page}"
    );
    let out = rappel(&["help", "meun"]);
    let near = text(&out.stderr).contains("\"menu\"");
    assert!(!out.status.success() && near, "{out:?}");
    for files in ["flow", "tenant"] {
        let schema = text(&rappel(&["schema", files, "--lang", "fr"]).stdout);
        let whole = schema.contains("draft-07") && schema.contains("description");
        assert!(whole, "{schema}");
    }
}
