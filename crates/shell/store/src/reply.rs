//! An answer that is owed.

use std::fmt;

use crate::error::Error;

/// Called once with what came of a question.
pub(crate) type Ack = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// Somebody waits for this. However it ends, they hear of it once: a reply that is dropped, because
/// its queue or its task is gone, says [`Error::Closed`].
pub(crate) struct Reply(Option<Ack>);

impl Reply {
    pub(crate) fn new(ack: impl FnOnce(Result<(), Error>) + Send + 'static) -> Self {
        Self(Some(Box::new(ack)))
    }

    /// Answers.
    pub(crate) fn answer(mut self, result: Result<(), Error>) {
        if let Some(ack) = self.0.take() {
            ack(result);
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(ack) = self.0.take() {
            ack(Err(Error::Closed));
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reply")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_reply_is_given_once_even_when_it_is_forgotten() {
        let (sender, answers) = channel();
        let owed = |sender: std::sync::mpsc::Sender<_>| {
            Reply::new(move |result| sender.send(result).unwrap())
        };
        owed(sender.clone()).answer(Ok(()));
        drop(owed(sender));
        let answers: Vec<_> = answers.iter().collect();
        assert_eq!(answers, [Ok(()), Err(Error::Closed)]);
    }
}
