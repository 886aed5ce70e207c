//! A secret stays one, wherever it is copied.

use super::{company, file, found, sentences};
use crate::flow::FlowSet;

/// A flow that asks for a secret `p`, computes `q` from it and `r` from that, then does `then`.
fn copied(then: &str) -> Vec<String> {
    let text = format!(
        "rappel = 1\n[flow]\nstart = \"a\"\n[vars]\np = {{ type = \"text\" }}\nq = {{ type = \"text\" }}\nr = {{ type = \"number\" }}\n\
         [step.a]\ndo = \"collect\"\nprompt = \"bonjour\"\nask = \"pin\"\ninto = \"p\"\nnext = \"b\"\non.give_up = \"fin\"\n\
         [step.b]\ndo = \"set\"\nset.q = \"part(p, 1, 4)\"\nset.r = \"length(q)\"\nnext = \"c\"\n\
         [step.c]\n{then}\nnext = \"fin\"\n\
         [step.fin]\ndo = \"hangup\"\nprompt = \"au-revoir\"\n"
    );
    let mut all = found(&text);
    all.retain(|problem| !problem.starts_with('W'));
    all
}

#[test]
fn a_copied_secret_is_not_written() {
    for name in ["p", "q", "r"] {
        let step = format!("do = \"tag\"\ntags.x = \"{{{name}}}\"");
        assert_eq!(copied(&step), ["R210 22:12"], "{name}");
    }
    let used = "do = \"play\"\nprompt = \"bonjour\"\nif = \"r = 4\"";
    assert_eq!(copied(used), [""; 0]);
}

#[test]
fn a_secret_that_another_flow_is_given_is_one_there() {
    let outer = "rappel = 1\n[flow]\nstart = \"a\"\n[vars]\np = { type = \"text\" }\nq = { type = \"text\" }\n\
        [step.a]\ndo = \"collect\"\nprompt = \"bonjour\"\nask = \"pin\"\ninto = \"p\"\nnext = \"b\"\non.give_up = \"fin\"\n\
        [step.b]\ndo = \"flow\"\nflow = \"inner\"\nargs.x = \"{p}\"\nresults.q = \"y\"\nnext = \"c\"\n\
        [step.c]\ndo = \"tag\"\ntags.q = \"{q}\"\nnext = \"fin\"\n\
        [step.fin]\ndo = \"hangup\"\nprompt = \"au-revoir\"\n";
    let inner = "rappel = 1\n[flow]\nstart = \"a\"\n[args]\nx = { type = \"text\" }\n[results]\ny = { type = \"text\" }\n\
        [step.a]\ndo = \"set\"\nset.y = \"x\"\nnext = \"b\"\n\
        [step.b]\ndo = \"tag\"\ntags.x = \"{x}\"\nnext = \"fin\"\n\
        [step.fin]\ndo = \"return\"\n";
    let files = [file("outer", outer), file("inner", inner)];
    let problems = FlowSet::load(&files, sentences(), &company(), &[]).unwrap_err();
    let mut secrets: Vec<_> = problems
        .iter()
        .filter(|problem| problem.code == "R210")
        .map(|problem| problem.place.file.as_str())
        .collect();
    secrets.sort_unstable();
    assert_eq!(secrets, ["flows/inner.toml", "flows/outer.toml"]);
}
