//! Playing one test.

use std::sync::Arc;
use std::time::Duration;

use rappel_ivr::diagnostic::Place;
use rappel_ivr::{Reached, Words, words};
use rappel_model::{Instant, Now, Random};
use rappel_tenant::Version;

use super::{Act, Test};
use crate::lengths::Lengths;
use crate::scene::Scene;
use crate::world::{self, SPOKEN, Wait, World};

/// What a test came to.
pub struct Report {
    /// What was otherwise than the test says, with its place; none when it has passed.
    pub failures: Vec<(Words, Place)>,
    /// For each word of the test, how many scenes there were when it was carried out.
    pub marks: Vec<usize>,
    /// The call as it was played.
    pub world: World,
}

/// Plays `test`. The same seed plays the same call.
pub fn perform(
    version: &Arc<Version>,
    test: &Test,
    seed: u64,
    lengths: Box<dyn Lengths>,
) -> Report {
    let mut random = Random::from_seed(seed);
    let now = Now {
        instant: Instant::ZERO,
        wall: test.at,
    };
    let (number, language) = (test.caller.clone(), test.language.clone());
    let caller = world::caller(
        version,
        &test.flow,
        number,
        language,
        &test.given,
        test.at,
        &mut random,
    );
    let given = test.given.clone();
    let mut world = World::new(Arc::clone(version), now, random, given, lengths);
    world.begin(&test.flow, caller);
    let mut player = Player {
        world,
        seen: 0,
        mark: None,
        silent: false,
    };
    let mut failures = Vec::new();
    let mut marks = Vec::new();
    for (act, place) in &test.say {
        let done = player.act(act);
        marks.push(
            player
                .mark
                .take()
                .unwrap_or_else(|| player.world.scenes().len()),
        );
        if let Err(why) = done {
            failures.push((why, place.clone()));
            // What follows would only repeat it.
            break;
        }
    }
    let world = player.world;
    if failures.is_empty() {
        let judged = test.expect.iter();
        failures.extend(
            judged.filter_map(|(expect, place)| Some((expect.judge(&world)?, place.clone()))),
        );
    }
    Report {
        failures,
        marks,
        world,
    }
}

/// Plays the words of a test one after the other.
struct Player {
    world: World,
    /// Scenes that earlier words have used up.
    seen: usize,
    /// How many scenes there were when the caller acted.
    mark: Option<usize>,
    /// The caller says nothing: after `silence`, until they do something.
    silent: bool,
}

impl Player {
    fn act(&mut self, act: &Act) -> Result<(), Words> {
        if matches!(act, Act::Press(_) | Act::Speaks(_)) {
            self.silent = false;
        }
        match act {
            Act::Hears(prompt) => self.until(
                |scene| matches!(scene, Scene::Said { clips, .. } if says(clips, prompt)),
                || words!("\"{prompt}\" is not heard", "« {prompt} » ne s'entend pas"),
            ),
            Act::At(wanted) => self.until(
                |scene| matches!(scene, Scene::Entered { step, .. } if step.as_str() == wanted),
                || {
                    words!(
                        "the call does not come to \"{wanted}\"",
                        "l'appel n'arrive pas à « {wanted} »"
                    )
                },
            ),
            Act::Press(keys) => self.press(keys),
            Act::Silence(length) => {
                self.silent = true;
                self.pass(*length);
                Ok(())
            }
            Act::After(length) => {
                self.pass(*length);
                Ok(())
            }
            Act::Speaks(length) => self.speak(*length),
            Act::HangUp => self.hang_up(),
            Act::AgentAnswers => {
                self.run_while(|world| !world.can_answer());
                if self.world.answer(TALK) {
                    Ok(())
                } else {
                    Err(words!("nobody is rung", "on ne sonne chez personne"))
                }
            }
            Act::AgentNone => {
                self.world.no_agents();
                Ok(())
            }
            Act::Http(step, word) => {
                self.world.answer_http(step, *word);
                Ok(())
            }
            Act::Rings(person) => self.rings(person),
            Act::Ends => self.end(),
        }
    }

    /// The caller speaks, as soon as somebody records.
    fn speak(&mut self, length: Duration) -> Result<(), Words> {
        self.run_while(|world| world.wait() != Some(Wait::Recording));
        self.mark = Some(self.world.scenes().len());
        if self.world.speak(length) {
            Ok(())
        } else {
            Err(words!("nobody records", "personne n'enregistre"))
        }
    }

    fn hang_up(&mut self) -> Result<(), Words> {
        if self.world.is_over() {
            return Err(words!(
                "the call was over already",
                "l'appel était déjà fini"
            ));
        }
        self.mark = Some(self.world.scenes().len());
        self.world.hang_up();
        Ok(())
    }

    /// Goes on until this person is rung.
    fn rings(&mut self, person: &str) -> Result<(), Words> {
        let wanted = person.to_owned();
        self.run_while(move |world| !world.rings(&wanted));
        if self.world.rings(person) {
            Ok(())
        } else {
            Err(words!(
                "\"{person}\" is not rung",
                "on ne sonne pas chez « {person} »"
            ))
        }
    }

    /// Goes on until the call is over.
    fn end(&mut self) -> Result<(), Words> {
        self.run_while(|_| true);
        if self.world.is_over() {
            Ok(())
        } else {
            let step = self.world.place().map_or("–", |visit| visit.step.as_str());
            Err(words!(
                "the call does not end: it is in \"{step}\"",
                "l'appel ne finit pas : il est dans « {step} »"
            ))
        }
    }

    fn press(&mut self, keys: &[char]) -> Result<(), Words> {
        for key in keys {
            self.run_while(|world| !world.takes_key());
            if !self.world.takes_key() {
                return Err(match self.world.is_over() {
                    true => words!(
                        "the call is over before {key} is pressed",
                        "l'appel est fini avant la touche {key}"
                    ),
                    false => words!(
                        "nobody waits for the key {key}",
                        "personne n'attend la touche {key}"
                    ),
                });
            }
            let scenes = self.world.scenes().len();
            self.mark.get_or_insert(scenes);
            self.world.press(*key);
        }
        Ok(())
    }

    /// Goes on until a scene that no earlier word has used.
    fn until(
        &mut self,
        is_it: impl Fn(&Scene) -> bool,
        missing: impl Fn() -> Words,
    ) -> Result<(), Words> {
        for _ in 0..MAX_ROUNDS {
            let scenes = self.world.scenes();
            let mut fresh = scenes.iter().enumerate().skip(self.seen);
            if let Some((index, _)) = fresh.find(|(_, (_, scene))| is_it(scene)) {
                self.seen = index + 1;
                return Ok(());
            }
            if !self.go_on() {
                break;
            }
        }
        Err(missing())
    }

    fn run_while(&mut self, goes_on: impl Fn(&World) -> bool) {
        for _ in 0..MAX_ROUNDS {
            if !goes_on(&self.world) || !self.go_on() {
                return;
            }
        }
    }

    /// Lets the next thing happen; people who were not told to do anything do nothing.
    fn go_on(&mut self) -> bool {
        if self.world.is_over() {
            return false;
        }
        match self.world.wait() {
            Some(Wait::Ringing) => self.world.fail(Reached::NoAnswer),
            // Whoever was not told to be silent leaves a message.
            Some(Wait::Recording) if !self.silent => self.world.speak(SPOKEN),
            Some(Wait::Recording) => {
                self.world.stay_silent();
                true
            }
            Some(Wait::Keys | Wait::Queue) | None => self.world.step_on(),
        }
    }

    /// Time passes, and whoever is asked does nothing.
    fn pass(&mut self, length: Duration) {
        let until = self.world.now().instant + length;
        for _ in 0..MAX_ROUNDS {
            if self.world.is_over() || self.world.now().instant >= until {
                return;
            }
            if matches!(self.world.wait(), Some(Wait::Ringing | Wait::Recording)) {
                self.go_on();
            } else if !self.world.step_towards(until) {
                return;
            }
        }
    }
}

/// Whether a play order with these clips says the prompt, or a fragment of it.
fn says(clips: &[String], prompt: &str) -> bool {
    clips.iter().any(|clip| {
        let rest = clip.strip_prefix(prompt);
        rest.is_some_and(|rest| rest.is_empty() || is_fragment(rest))
    })
}

fn is_fragment(rest: &str) -> bool {
    let digits = rest.strip_prefix('.');
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// How long people talk when the test does not end it.
const TALK: Duration = Duration::from_secs(120);
/// Most things that happen within one word.
const MAX_ROUNDS: usize = 200_000;
