//! What a step does when a caller comes to it, and what follows.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use rappel_model::FlowName;

use super::facts::Facts;
use crate::engine::Desk;
use crate::event::Event;
use crate::variables::Value;

/// What a step of a flow is made of, once read.
pub(crate) trait Step: fmt::Debug + Send + Sync {
    /// A run of this step for one caller.
    fn begin(self: Arc<Self>) -> Box<dyn Work>;

    /// Names that have a value once the step is left by `way`.
    fn gives(&self, way: &str) -> Vec<&str> {
        let _ = way;
        Vec::new()
    }

    /// Variables that may be back at their first value, or without one, once the step is left,
    /// unless it [`Step::gives`] them.
    fn resets(&self) -> Vec<&str> {
        Vec::new()
    }

    /// What the checks of paths must know besides.
    fn facts(&self) -> Facts<'_> {
        Facts::default()
    }

    /// Whether what is typed and said in it belongs into no recording of the call.
    fn is_discreet(&self) -> bool {
        self.secret().is_some()
    }

    /// The variable it fills with a secret.
    fn secret(&self) -> Option<&str> {
        None
    }

    /// Whether this step asks and says nothing although others of its verb do: it may run before the
    /// answer and after the caller has gone, and waits for nobody.
    fn is_quiet(&self) -> bool {
        false
    }
}

/// One run of a step.
pub(crate) trait Work: fmt::Debug + Send {
    /// It begins.
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn;

    /// Something happened. The end of the caller is news like any other; [`Turn::Stay`] then means
    /// that there is still something to finish.
    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        let _ = desk;
        match event {
            Event::CallerGone => Turn::Abandon,
            _ => Turn::Stay,
        }
    }

    /// A question of this step cannot be answered by this engine.
    fn on_refused(&mut self, desk: &mut Desk<'_>) -> Turn {
        let _ = desk;
        Turn::Fail("not_available")
    }

    /// The deadline it set has passed.
    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        let _ = desk;
        Turn::Stay
    }
}

/// What follows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Turn {
    /// The step goes on.
    Stay,
    /// It is done and leaves by this way: `next`, `press.2`, `on.closed`.
    Leave(Cow<'static, str>),
    /// The call goes on in another flow.
    Goto(FlowName),
    /// Another flow runs and comes back to this step's `next`.
    Call(Called),
    /// The flow goes back to the one that called it.
    Return,
    /// It cannot do its work, for this cause.
    Fail(&'static str),
    /// The call has been ended by an ask.
    End,
    /// The caller has gone and nothing is left to finish.
    Abandon,
}

/// A flow that is run by another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Called {
    pub(crate) flow: FlowName,
    pub(crate) arguments: Arguments,
    /// Which variable of the calling flow receives which result.
    pub(crate) results: Vec<(String, String)>,
}

/// Names, values, and whether each is a secret. Its `Debug` shows names only.
#[derive(Clone, PartialEq)]
pub(crate) struct Arguments(pub(crate) Vec<(String, Value, bool)>);

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|(name, ..)| name);
        f.debug_list().entries(names).finish()
    }
}

impl Turn {
    /// Leaves by `next`.
    pub(crate) const NEXT: Self = Self::Leave(Cow::Borrowed("next"));

    /// Leaves by a fixed way.
    pub(crate) const fn leave(way: &'static str) -> Self {
        Self::Leave(Cow::Borrowed(way))
    }

    /// Leaves by `press.K`.
    pub(crate) fn press(key: char) -> Self {
        Self::Leave(Cow::Owned(format!("press.{key}")))
    }
}
