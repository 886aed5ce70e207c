//! What a step costs, and that nothing runs while a prompt plays.
#![expect(clippy::disallowed_types, reason = "this test measures real time")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use rappel_ivr::{Ask, Caller, FlowFile, FlowRun, FlowSet, Known, PromptTexts, Surroundings};
use rappel_model::{CallUid, FlowName, Language, Now, Random, TenantId};

/// Steps of the flow that is measured: fewer than a call may enter without input.
const STEPS: usize = 180;
/// Calls that are measured.
const CALLS: usize = 300;
/// What a step may cost.
const MOST: Duration = Duration::from_micros(5);

fn set(text: String) -> Arc<FlowSet> {
    let around = Surroundings::bare(TenantId::from("a"));
    let file = FlowFile {
        name: FlowName::from("essai"),
        path: "essai.toml".to_owned(),
        text,
    };
    match FlowSet::load(&[file], Arc::new(PromptTexts::new()), &around, &[]) {
        Ok((set, _)) => Arc::new(set),
        Err(problems) => panic!("{}", problems[0]),
    }
}

fn start(set: &Arc<FlowSet>, around: &Surroundings) -> FlowRun {
    let caller = Caller {
        tenant: TenantId::from("a"),
        number: None,
        name: None,
        user: None,
        called: "+33199000010".to_owned(),
        line: None,
        language: Language::from("fr"),
        call: CallUid(1),
        answered: false,
        known: Known::default(),
    };
    let (flow, random) = (FlowName::from("essai"), Random::from_seed(1));
    FlowRun::start(
        Now::default(),
        around,
        Arc::clone(set),
        &flow,
        caller,
        random,
    )
}

/// Assignments, decisions, tags and shares in turn, each with an expression.
fn long_flow() -> String {
    let mut text = "rappel = 1\n[flow]\nstart = \"s0\"\n[vars]\nn = { type = \"number\", default = 0 }\nt = { type = \"text\", default = \"VIP\" }\n".to_owned();
    for i in 0..STEPS {
        let next = i + 1;
        let step = match i % 4 {
            0 => format!("do = \"set\"\nset.n = \"n + length(t) - 2\"\nnext = \"s{next}\""),
            1 => format!(
                "do = \"switch\"\ncase = [{{ if = \"n > 1000 and t = 'x'\", then = \"fin\" }}]\nelse = \"s{next}\""
            ),
            2 => format!("do = \"tag\"\ntags.n = \"{{n}} of {{t}}\"\nnext = \"s{next}\""),
            _ => format!(
                "do = \"count\"\ncount = \"c\"\nif = \"t in ['a', 'VIP']\"\nnext = \"s{next}\""
            ),
        };
        text.push_str(&format!("[step.s{i}]\n{step}\n"));
    }
    text.push_str(&format!(
        "[step.s{STEPS}]\ndo = \"reject\"\n[step.fin]\ndo = \"reject\"\n"
    ));
    text
}

/// Optimised, a step must cost less than five microseconds; otherwise the number is only shown.
#[test]
fn a_step_costs_microseconds() {
    let (set, around) = (set(long_flow()), Surroundings::bare(TenantId::from("a")));
    let mut entered = 0_u32;
    let begin = Instant::now();
    for _ in 0..CALLS {
        let mut run = start(&set, &around);
        while let Some(ask) = run.poll_output() {
            entered += u32::from(matches!(ask, Ask::Entered { .. }));
        }
        assert!(run.is_over());
    }
    let each = begin.elapsed() / entered;
    let ratio = each.as_secs_f64() / MOST.as_secs_f64();
    println!("{entered} steps, {each:?} each: {ratio:.2} of what is allowed");
    assert_eq!(entered as usize, CALLS * (STEPS + 1));
    assert!(cfg!(debug_assertions) || each < MOST, "{each:?}");
}

/// The engine is asked again at the end of the sentence and at no time before: between two news
/// there is no work that a tick could do.
#[test]
fn nothing_runs_while_a_prompt_plays() {
    let flow = "rappel = 1\n[flow]\nstart = \"a\"\n[step.a]\ndo = \"play\"\nprompt = \"goodbye\"\nnext = \"b\"\n[step.b]\ndo = \"hangup\"\n";
    let around = Surroundings::bare(TenantId::from("a"));
    let mut run = start(&set(flow.to_owned()), &around);
    let asks: Vec<Ask> = std::iter::from_fn(|| run.poll_output()).collect();
    assert!(asks.iter().any(|ask| matches!(ask, Ask::Play { .. })));
    let next = run.poll_timeout().expect("the fixture is good");
    let far = next.at.since(rappel_model::Instant::ZERO);
    assert!(far > Duration::from_secs(1800), "{next:?}");
    assert_eq!(run.poll_output(), None);
}
