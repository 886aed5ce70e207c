//! Wires the house: starts every shell, gives the core what it must know, and runs the loop until
//! the engine is told to stop.
//!
//! [`serve`] reads top-down as a day of the engine: files, store, sounds, ports, threads, calls,
//! goodbye.

pub(crate) mod bans;
mod clerk;
mod coder;
mod courier;
mod diary;
mod memory;
mod outlets;
mod ports;
mod ready;
mod retention;
mod settings;
mod signals;
mod sounds;
mod speech;
mod users;
mod web;

use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rappel_ivr::Lang;
use rappel_model::Random;
use rappel_net::Clock;
use rappel_net::dns::Resolver;
use rappel_net::sip::tls::{Fault, Keys};
use rappel_net::sip::{Gate, Inbox};
use rappel_prompts::tts::{Kept, Voice, cache::MAX_BYTES as MAX_VOICE_BYTES};
use rappel_store::{Archive, Folder, Store};
use rappel_switchboard::{Input, Switchboard};
use tokio::runtime::{Handle, Runtime};

use crate::config::certificates;
use crate::config::engine::Engine;
use crate::config::secrets::Secrets;
use crate::house;
use crate::loading::trunks::Desk;
use crate::loading::{self, Loader, Place, control, directories, watch};
use crate::sight::Eye;

#[cfg(test)]
pub(crate) use courier::Sounds;
pub(crate) use ready::Ready;
pub(crate) use settings::trusted;
pub(crate) use sounds::Catalogue;

/// What to serve.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// `rappel.toml`, read and checked.
    pub(crate) engine: Engine,
    /// The folder of the tenants.
    pub(crate) config: PathBuf,
    /// The folder of records and recordings.
    pub(crate) data: PathBuf,
    /// What to do when the SIP port is taken.
    pub(crate) port: Port,
    /// Whether files that are saved are loaded by themselves.
    pub(crate) watch: bool,
}

/// What to do when the SIP port is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    /// Say so and end: phones and trunks were told this one.
    Exactly,
    /// Take the next free one: a softphone on the same machine has it.
    OrNext,
}

/// Answers calls until SIGTERM or Ctrl-C. `announce` is told once everything is ready.
pub(crate) fn serve(plan: Plan, announce: impl FnOnce(&Ready)) -> Result<(), String> {
    let runtime = Runtime::new().map_err(|e| format!("cannot start the thread pool: {e}"))?;
    let store = runtime.block_on(open_store(&plan))?;
    let voice = voice(&plan)?;
    let sounds = Arc::new(Catalogue::new(Arc::clone(&store), voice));
    let (inbox, inputs) = sync_channel(MAX_INPUTS);
    let handle = runtime.handle().clone();
    let mut loader = load(&plan, Arc::clone(&sounds), handle, inbox.clone())?;
    let web = web::Web::new(loader.secrets());
    let keys = keys(&plan)?;
    let sockets = ports::sip(&plan.engine.sip, plan.port)?.with_keys(Arc::clone(&keys));
    let listeners = ports::listeners(&plan.engine.sip, &sockets);
    let over_udp = sockets.over_udp();
    let clock = Clock::start();
    let random = crate::chance::from_system()?;

    let ports = ports::media(&plan.engine, plan.port)?;
    let media = (ports, plan.engine.media.blocked());
    let media = outlets::start_media(media, &store, &sounds, &inbox, clock, &runtime)?;
    let secrets = Secrets::read(&plan.config).map_err(|why| why.en)?;
    let core = settings::core(&plan.engine, &secrets, listeners.clone())?;
    let seen = runtime
        .block_on(memory::behind_tenants(&store, &inbox, clock))
        .map_err(|e| e.to_string())?;
    let ready = Ready::new(loader.running(), &listeners, plan.engine.sip.port);
    let (trunks, policies) = (core.trunks.clone(), core.policies.clone());
    let board = brief(core, &media, &store, &random, clock, &runtime)?;
    let eye = Eye::open(&plan.engine, runtime.handle())?;
    let guard = settings::guard(&plan.engine);
    let gate = Gate::new(guard, &mut random.fork("guard"), clock);
    gate.spare(rappel_trunk::emergency_numbers().map(str::to_owned));
    let sockets = sockets.with_tap(Arc::new(eye.clone()));
    let sender = sockets.start(Door(inbox.clone()), gate.clone(), clock, runtime.handle());
    eye.gauges().ask(sender.clone());
    let users = runtime.spawn(users::watch(Arc::clone(&store), inbox.clone(), seen));
    let retention = runtime.spawn(retention::keep(Arc::clone(&store), clock));
    let stops = runtime.block_on(async { signals::Stops::listen() });
    runtime.spawn(signals::drain_on_request(stops, inbox.clone()));
    loader.look_after(keys);
    loader.look_after_carriers(trunks, policies, gate.clone());
    let loader = Arc::new(Mutex::new(loader));
    runtime.spawn(signals::reload_on_request(Arc::clone(&loader)));
    let desk = Desk::new(inbox.clone());
    eye.gauges().watch(Arc::clone(&desk), media.counters());
    let hands = control::Hands {
        loader: Arc::clone(&loader),
        desk: Arc::clone(&desk),
        gate: gate.clone(),
        eye: Some(eye.clone()),
        over_udp,
    };
    accept_changes(&plan, &loader, hands);
    runtime.spawn(bans::keep(gate.clone(), plan.data.clone()));
    let dns = plan.engine.sip.dns();
    let names = Resolver::new(&dns, Door(inbox.clone()), runtime.handle())
        .with_tap(Arc::new(eye.clone()), clock);
    let clerk = clerk::Clerk::new(Arc::clone(&store), inbox, web, runtime.handle().clone());
    let mut outlets = outlets::Outlets::new(sender, gate, names, media, clerk, desk, eye);
    announce(&ready);

    on_control(move || house::run(board, &inputs, &mut outlets, clock))?;
    // They would ask a store that is closed.
    users.abort();
    retention.abort();
    runtime
        .block_on(store.close())
        .map_err(|e| format!("closing the store: {e}"))?;
    tracing::info!("stopped; everything acknowledged is on disk");
    Ok(())
}

/// Runs the loop on the control thread, until it ends.
fn on_control<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let control = thread::Builder::new().name("control".into());
    let started = control
        .spawn(run)
        .map_err(|e| format!("cannot start the control thread: {e}"))?;
    let failed = |_| "the control thread failed; its message is above".to_owned();
    started.join().map_err(failed)
}

async fn open_store(plan: &Plan) -> Result<Arc<Store>, String> {
    let folder = Folder::new(&plan.data);
    let settings = rappel_store::Settings {
        folder,
        max_pages: None,
    };
    let store = Store::open(settings).await.map_err(|e| {
        let key = "another folder is set in rappel.toml: [engine] data, or by --data";
        match e {
            rappel_store::Error::Unknown(_) | rappel_store::Error::Io(_) => format!(
                "{e}: the data folder {} cannot be made, or this user may not write in it; {key}",
                plan.data.display()
            ),
            e => e.to_string(),
        }
    })?;
    let repaired = store.repaired();
    tracing::info!(?repaired, "the store is open");
    Ok(Arc::new(store))
}

/// Opens the ways by which files are loaded while calls go on. An engine that lacks one answers calls
/// all the same.
fn accept_changes(plan: &Plan, loader: &loading::Shared, hands: control::Hands) {
    let folder = Folder::new(&plan.data);
    let commands = control::open(&folder, hands);
    let tables = directories::look_after(Arc::clone(loader));
    let files = match plan.watch {
        true => watch::start(&plan.config, Arc::clone(loader)),
        false => Ok(()),
    };
    for error in [commands, tables, files]
        .into_iter()
        .filter_map(Result::err)
    {
        tracing::warn!(error, "files can be loaded in fewer ways than usual");
    }
}

/// Reads the tenants and puts them into the inbox, which has room for far more than an engine has
/// companies.
fn load(
    plan: &Plan,
    sounds: Arc<Catalogue>,
    runtime: Handle,
    inbox: SyncSender<Input>,
) -> Result<Loader, String> {
    let archive = Archive::open(&Folder::new(&plan.data)).map_err(|e| e.to_string())?;
    let place = Place::new(plan.config.clone(), plan.engine.clone());
    Loader::start(place, archive, sounds, runtime, inbox)
}

/// The certificates of secure connections.
fn keys(plan: &Plan) -> Result<Arc<Keys>, String> {
    let told = |fault: &Fault| certificates::told(fault).in_lang(Lang::En).to_owned();
    let files = plan.engine.sip.tls_files(&plan.config);
    match Keys::open(files) {
        Ok((keys, faults)) => {
            for fault in &faults {
                tracing::error!("{}", told(fault));
            }
            Ok(Arc::new(keys))
        }
        Err(faults) => {
            let all: Vec<_> = faults.iter().map(told).collect();
            Err(all.join("\n"))
        }
    }
}

/// The voice for sentences that nobody has recorded.
fn voice(plan: &Plan) -> Result<Option<Voice>, String> {
    let tts = &plan.engine.tts;
    let speaker = tts.speaker(&Secrets::read(&plan.config).map_err(|why| why.en)?)?;
    let limit = Duration::from_secs(tts.timeout.into());
    let kept = || {
        let folder = plan.data.join("voice");
        Kept::open(&folder, MAX_VOICE_BYTES).map_err(|e| format!("{}: {e}", folder.display()))
    };
    speaker
        .map(|speaker| Ok(Voice::new(speaker, kept()?, limit)))
        .transpose()
}

/// A switchboard that knows all it must know before the first call, but for the tenants.
fn brief(
    core: rappel_switchboard::Settings,
    media: &outlets::Media,
    store: &Store,
    random: &Random,
    clock: Clock,
    runtime: &Runtime,
) -> Result<Switchboard, String> {
    let [messages, forwards] = runtime
        .block_on(memory::first(store))
        .map_err(|e| e.to_string())?;
    let mut board = Switchboard::new(random.fork("switchboard"));
    let known = [
        Input::Settings(Arc::new(core)),
        Input::Ports(media.ports()),
        Input::Identities(media.identities()),
        messages,
        forwards,
    ];
    for input in known {
        board.handle_input(clock.now(), input);
    }
    Ok(board)
}

/// The control thread's inbox, as the SIP transports see it.
#[derive(Clone, Debug)]
struct Door(SyncSender<Input>);

impl Inbox for Door {
    fn try_put(&self, input: rappel_sip::Input) -> Result<(), Box<rappel_sip::Input>> {
        match self.0.try_send(Input::Sip(input)) {
            Ok(()) => Ok(()),
            Err(
                TrySendError::Full(Input::Sip(input))
                | TrySendError::Disconnected(Input::Sip(input)),
            ) => Err(Box::new(input)),
            // What comes back is what was put in.
            Err(_) => Ok(()),
        }
    }
}

/// Most inputs that wait for the control thread; further datagrams are dropped and sent again by
/// their senders.
const MAX_INPUTS: usize = 16_384;
