//! The rest of the world of a call on paper: what the flow asks of queues, other systems and the
//! outside is answered as the test says.

use rappel_ivr::{Ask, words};

use super::World;
use crate::given::Answer;
use crate::scene::Scene;
use crate::script::HttpWord;

impl World {
    /// Answers what is neither heard nor kept.
    pub(super) fn outside(&mut self, ask: Ask) {
        match ask {
            Ask::Lookup { .. } => self.look_up(ask),
            Ask::Http(request) => self.ask_system(&request),
            Ask::Queue(wish) => self.queue(&wish),
            Ask::LeaveQueue {
                question,
                keep_place,
            } => self.leave_queue(question, keep_place),
            Ask::Estimate(wish) => self.estimate(&wish),
            Ask::Callback(wish) => self.callback(&wish),
            Ask::Slots(wish) => self.slots(&wish),
            Ask::Pending { question, .. } => self.pending(question),
            Ask::Transfer(wish) => self.transfer(&wish),
            Ask::Text(wish) => self.text(&wish),
            Ask::ToText(wish) => self.go_on_in_writing(&wish),
            Ask::Task(wish) => self.task(&wish),
            Ask::Survey(wish) => self.survey(&wish),
            Ask::Consent(wish) => self.consent(&wish),
            Ask::RecordCall(wish) => self.record_call(&wish),
            Ask::Remember(language) => self.scene(Scene::World(words!(
                "(remembers \"{language}\" for this caller)",
                "(retient « {language} » pour cet appelant)"
            ))),
            // Everything else was taken by `perform` and `keep`.
            _ => {}
        }
    }

    /// From now on nobody serves any queue, and phones ring in vain.
    pub fn no_agents(&mut self) {
        self.given.nobody = true;
    }

    /// What the next visits of the `http` step `step` are answered.
    pub fn answer_http(&mut self, step: &str, word: HttpWord) {
        match word {
            HttpWord::Ok => {}
            HttpWord::Missing => {
                self.given.http.insert(step.to_owned(), Answer::Missing);
            }
            HttpWord::Failed => {
                self.given.http.insert(step.to_owned(), Answer::Failed);
            }
        }
    }
}
