//! `rappel user`: who may register a phone, and with which PIN they hear their messages.

use std::io::{BufRead, IsTerminal, Read, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use clap::{Args, Subcommand};
use rappel_model::{Secret, TenantId, Timestamp, UserName};
use rappel_sip::auth::{Algorithm, ha1};
use rappel_store::{Database, Error, Ha1Algorithm, NewUser, PIN_DIGITS, UserRecord};
use serde_json::json;

use super::calls::seconds_of;
use super::columns::Columns;
use super::place::{self, Place};

/// Add, change, list and remove the users that phones register as, and set their PINs.
///
/// A running engine notices a change within a second; nothing needs a restart. Passwords are not
/// stored: the database keeps their digests, PINs are kept as Argon2 hashes.
#[derive(Debug, Args)]
pub(crate) struct UserArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add a user and print what to put into the phone
    ///
    ///     rappel user add poste-11 --tenant garage --config /etc/rappel
    ///
    /// The password is made here and shown this once. For a phone of the past, which knows MD5
    /// only, or which gives up when it is offered anything else:
    ///
    ///     rappel user add atelier --tenant garage --algorithms md5
    ///
    /// To bring a password of your own, without it appearing in the list of processes:
    ///
    ///     rappel user add accueil --tenant garage --password-stdin < password.txt
    #[command(verbatim_doc_comment)]
    Add(AddArgs),
    /// Change the password of a user, or what its phones are offered
    ///
    /// With a new password, phones that know the old one are reached no more within a second; calls in
    /// progress, messages and the PIN stay. It is made here and shown this once, or given:
    ///
    ///     rappel user set poste-11 --new-password
    ///     rappel user set poste-11 --password-stdin < password.txt
    ///
    /// For a phone that says its password is wrong although it is right: it may be one of the past.
    /// Other algorithms need no new password:
    ///
    ///     rappel user set atelier --algorithms md5
    #[command(verbatim_doc_comment)]
    Set(SetArgs),
    /// List users: the algorithms each is offered, and whether a PIN is set.
    List(ListArgs),
    /// Set the PIN with which a user hears messages by phone, and unlock it
    ///
    /// The PIN is asked for twice, unseen; or it is the first line of the standard input:
    ///
    ///     rappel user pin poste-11
    ///     rappel user pin poste-11 < pin.txt
    #[command(verbatim_doc_comment)]
    Pin(OneArgs),
    /// Remove a user: its phones cannot register any more. Messages stay.
    Remove(OneArgs),
}

#[derive(Debug, Args)]
struct AddArgs {
    /// The name the phone registers with: letters, digits, dot, dash and underscore.
    name: String,
    #[command(flatten)]
    place: Place,
    /// Whose user it is: the name of the tenant's folder.
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// The digest algorithms the phone is offered: md5, sha-256, sha-512-256, with commas between
    /// them [default: sha-256,md5].
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = algorithm)]
    algorithms: Vec<Ha1Algorithm>,
    /// Offer MD5 only: the same as `--algorithms md5`.
    #[arg(long, conflicts_with = "algorithms")]
    old_phone: bool,
    /// Take the password from the first line of the standard input.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Args)]
struct SetArgs {
    #[command(flatten)]
    one: OneArgs,
    #[command(flatten)]
    change: Change,
}

/// What is changed of a user; at least one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Change {
    /// The digest algorithms the phone is offered: md5, sha-256, sha-512-256, with commas between
    /// them.
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = algorithm)]
    algorithms: Vec<Ha1Algorithm>,
    /// Make a new password and show it this once.
    #[arg(long, conflicts_with = "password_stdin")]
    new_password: bool,
    /// Take the new password from the first line of the standard input.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// Only this tenant's users.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// JSON instead of a table: one object per line.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct OneArgs {
    /// The user.
    name: String,
    #[command(flatten)]
    place: Place,
    /// The tenant, when several have a user of this name.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
}

/// Runs the command.
pub(crate) fn run(args: &UserArgs) -> ExitCode {
    place::exit(match &args.verb {
        Verb::Add(args) => place::run(add(args)),
        Verb::Set(args) => place::run(set(args)),
        Verb::List(args) => place::run(list(args)),
        Verb::Pin(args) => place::run(pin(args)),
        Verb::Remove(args) => place::run(remove(args)),
    })
}

async fn add(args: &AddArgs) -> Result<String, String> {
    check_name(&args.name)?;
    if let Some(tenants) = args.place.tenants() {
        check_tenant(&tenants, &args.tenant)?;
    }
    let realm = args.place.engine()?.engine.realm;
    let given = args.password_stdin;
    let password = password(given)?;
    let offered = match (args.old_phone, args.algorithms.is_empty()) {
        (true, _) => vec![Ha1Algorithm::Md5],
        (false, true) => USUAL.to_vec(),
        (false, false) => args.algorithms.clone(),
    };
    let user = NewUser {
        tenant: args.tenant.as_str().into(),
        name: args.name.as_str().into(),
        realm: realm.clone(),
        ha1: hashes(&args.name, &realm, &password, &Ha1Algorithm::ALL),
        offered: offered.clone(),
        created: now(),
    };
    let database = args.place.open().await?;
    match database.add_user(&user).await {
        Ok(()) => {}
        Err(Error::Conflict(_)) => return Err(taken(&database, &user).await),
        Err(e) => return Err(e.to_string()),
    }
    let shown = if given {
        "(the one you gave)"
    } else {
        password.reveal()
    };
    let offered = named(&offered);
    Ok(format!(
        "user      {}\npassword  {shown}\nrealm     {realm}\noffered   {offered}\n{}",
        args.name,
        if given {
            ""
        } else {
            "The password is shown this once; it is not stored.\n"
        },
    ))
}

/// Which algorithms a user is offered (RFC 8760 §2.3: the strongest first).
pub(super) fn digests(
    name: &str,
    realm: &str,
    password: &Secret,
    old: bool,
) -> Vec<(Ha1Algorithm, Secret)> {
    hashes(
        name,
        realm,
        password,
        if old { &USUAL[1..] } else { &USUAL },
    )
}

/// The digests of these algorithms, MD5 first.
fn hashes(
    name: &str,
    realm: &str,
    password: &Secret,
    wanted: &[Ha1Algorithm],
) -> Vec<(Ha1Algorithm, Secret)> {
    let hash = |stored: Ha1Algorithm| {
        let algorithm = match stored {
            Ha1Algorithm::Md5 => Algorithm::Md5,
            Ha1Algorithm::Sha256 => Algorithm::Sha256,
            Ha1Algorithm::Sha512_256 => Algorithm::Sha512_256,
        };
        (stored, ha1(algorithm, name, realm, password))
    };
    let all = Ha1Algorithm::ALL.into_iter();
    all.filter(|one| wanted.contains(one)).map(hash).collect()
}

async fn set(args: &SetArgs) -> Result<String, String> {
    let change = &args.change;
    let database = args.one.place.open_existing().await?;
    let (tenant, name) = find(&database, &args.one).await?;
    let mut told = String::new();
    // The password first: with it comes a digest for every algorithm.
    if change.new_password || change.password_stdin {
        told = set_password(&database, (&tenant, &name), change.password_stdin).await?;
    }
    if change.algorithms.is_empty() {
        return Ok(told);
    }
    let offered = database.offer(&tenant, &name, &change.algorithms).await;
    match offered.map_err(|e| e.to_string())? {
        true => Ok(format!(
            "{told}{name} ({tenant}) is offered {}\n",
            named(&change.algorithms)
        )),
        false => Err(format!(
            "of one of these algorithms no digest of {name}'s password was stored; \
             a new password brings one: `rappel user set {name} --new-password --algorithms …`"
        )),
    }
}

/// Gives a user another password, one of ours or one that is `given`.
async fn set_password(
    database: &Database,
    (tenant, name): (&TenantId, &UserName),
    given: bool,
) -> Result<String, String> {
    let users = database.users().await.map_err(|e| e.to_string())?;
    let is_meant = |user: &&UserRecord| (&user.tenant, &user.name) == (tenant, name);
    let missing = || format!("there is no user {name}");
    let user = users.iter().find(is_meant).ok_or_else(missing)?;
    let password = password(given)?;
    let all = hashes(name.as_str(), &user.realm, &password, &Ha1Algorithm::ALL);
    let set = database.set_password(tenant, name, &all).await;
    if !set.map_err(|e| e.to_string())? {
        return Err(missing());
    }
    Ok(match given {
        true => format!("{name} ({tenant}) has the password you gave\n"),
        false => format!(
            "user      {name}\npassword  {}\nrealm     {}\n\
             The password is shown this once; it is not stored.\n",
            password.reveal(),
            user.realm
        ),
    })
}

/// A password taken from outside, or a new one.
fn password(given: bool) -> Result<Secret, String> {
    match given {
        true => given_password(),
        false => Ok(Secret::new(
            crate::chance::from_system()?.token(PASSWORD_LENGTH),
        )),
    }
}

/// The names of algorithms as phones see them offered, strongest first.
fn named(algorithms: &[Ha1Algorithm]) -> String {
    let strongest = Ha1Algorithm::ALL.into_iter().rev();
    let names = strongest.filter(|one| algorithms.contains(one));
    let names: Vec<&str> = names.map(Ha1Algorithm::as_str).collect();
    names.join(", ")
}

/// Reads an algorithm as it is written behind `--algorithms`.
fn algorithm(text: &str) -> Result<Ha1Algorithm, String> {
    Ha1Algorithm::read(text.trim()).ok_or_else(|| "write md5, sha-256 or sha-512-256".to_owned())
}

async fn list(args: &ListArgs) -> Result<String, String> {
    let database = args.place.open_existing().await?;
    let users = database.users().await.map_err(|e| e.to_string())?;
    let wanted = |user: &&UserRecord| {
        let tenant = args.tenant.as_deref();
        tenant.is_none_or(|tenant| user.tenant.as_str() == tenant)
    };
    let users: Vec<&UserRecord> = users.iter().filter(wanted).collect();
    if args.json {
        return Ok(users
            .iter()
            .map(|user| format!("{}\n", as_json(user)))
            .collect());
    }
    if users.is_empty() {
        return Ok("no users yet: rappel user add NAME --tenant TENANT\n".to_owned());
    }
    let mut table = Columns::new(&["tenant", "user", "realm", "offered", "PIN", "added (UTC)"]);
    for user in users {
        table.row([
            user.tenant.to_string(),
            user.name.to_string(),
            user.realm.clone(),
            offered(user).join(", "),
            if user.has_pin { "set" } else { "not set" }.to_owned(),
            seconds_of(user.created),
        ]);
    }
    Ok(table.print())
}

fn as_json(user: &UserRecord) -> serde_json::Value {
    json!({
        "tenant": user.tenant.as_str(),
        "user": user.name.as_str(),
        "realm": user.realm,
        "offered": offered(user),
        "pin_set": user.has_pin,
        "added": user.created.to_string(),
    })
}

fn offered(user: &UserRecord) -> Vec<&'static str> {
    user.ha1.iter().rev().map(|(a, _)| a.as_str()).collect()
}

async fn pin(args: &OneArgs) -> Result<String, String> {
    let database = args.place.open_existing().await?;
    let (tenant, name) = find(&database, args).await?;
    let pin = typed_pin()?;
    let set = database.set_pin(&tenant, &name, pin).await;
    match set.map_err(|e| e.to_string())? {
        Ok(true) => Ok(format!("the PIN of {name} ({tenant}) is set\n")),
        Ok(false) => Err(format!("there is no user {name}")),
        Err(bad) => Err(bad.to_string()),
    }
}

async fn remove(args: &OneArgs) -> Result<String, String> {
    let database = args.place.open_existing().await?;
    let (tenant, name) = find(&database, args).await?;
    match database.remove_user(&tenant, &name).await {
        Ok(true) => Ok(format!("user {name} ({tenant}) is removed\n")),
        Ok(false) => Err(format!("there is no user {name}")),
        Err(e) => Err(e.to_string()),
    }
}

/// The one user that is meant.
async fn find(database: &Database, args: &OneArgs) -> Result<(TenantId, UserName), String> {
    let users = database.users().await.map_err(|e| e.to_string())?;
    let tenants: Vec<TenantId> = users
        .into_iter()
        .filter(|user| user.name.as_str() == args.name)
        .map(|user| user.tenant)
        .filter(|tenant| args.tenant.as_deref().is_none_or(|t| t == tenant.as_str()))
        .collect();
    match tenants.as_slice() {
        [tenant] => Ok((tenant.clone(), args.name.as_str().into())),
        [] => Err(format!(
            "there is no user {}: see `rappel user list`",
            args.name
        )),
        several => {
            let names: Vec<&str> = several.iter().map(TenantId::as_str).collect();
            let names = names.join(", ");
            Err(format!(
                "{} is a user of {names}: say which with --tenant",
                args.name
            ))
        }
    }
}

async fn taken(database: &Database, user: &NewUser) -> String {
    let same = |other: &UserRecord| other.name == user.name && other.realm == user.realm;
    let others = database.users().await.unwrap_or_default();
    let name = &user.name;
    match others.into_iter().find(same) {
        Some(other) if other.tenant != user.tenant => format!(
            "{name} is a user of {} already; a phone could not say which one it is",
            other.tenant
        ),
        _ => format!("there is a user {name} already; `rappel user remove {name}` removes it"),
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if (1..=MAX_NAME).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(format!(
        "`{}` is no user name: 1 to {MAX_NAME} letters, digits, dots, dashes or underscores",
        super::columns::plain(name)
    ))
}

/// A tenant is a folder; a name written wrong would make a user nobody can reach.
fn check_tenant(tenants: &Path, tenant: &str) -> Result<(), String> {
    let entries = std::fs::read_dir(tenants).map_err(|e| format!("{}: {e}", tenants.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    if names.iter().any(|name| name == tenant) {
        return Ok(());
    }
    Err(format!(
        "there is no tenant `{}` in {}; there is: {}",
        super::columns::plain(tenant),
        tenants.display(),
        names.join(", ")
    ))
}

fn given_password() -> Result<Secret, String> {
    let password = first_line()?;
    if password.len() < MIN_PASSWORD {
        return Err(format!("a password has at least {MIN_PASSWORD} characters"));
    }
    if password.reveal().chars().any(char::is_control) {
        return Err("a password has no control characters".to_owned());
    }
    Ok(password)
}

/// The PIN: typed twice without being shown, or the first line of a pipe.
fn typed_pin() -> Result<Secret, String> {
    if !std::io::stdin().is_terminal() {
        return first_line();
    }
    let _hidden = Hidden::begin()?;
    let (shortest, longest) = (PIN_DIGITS.start(), PIN_DIGITS.end());
    prompt(&format!(
        "PIN ({shortest} to {longest} digits, not shown): "
    ))?;
    let pin = first_line()?;
    prompt("\nagain: ")?;
    let again = first_line()?;
    prompt("\n")?;
    match pin == again {
        true => Ok(pin),
        false => Err("the two PINs differ; nothing was changed".to_owned()),
    }
}

fn prompt(text: &str) -> Result<(), String> {
    let mut terminal = std::io::stderr();
    let printed = terminal.write_all(text.as_bytes());
    printed
        .and_then(|()| terminal.flush())
        .map_err(|e| format!("asking: {e}"))
}

fn first_line() -> Result<Secret, String> {
    let mut line = String::new();
    let mut limited = std::io::stdin().lock().take(MAX_LINE);
    limited
        .read_line(&mut line)
        .map_err(|e| format!("reading the standard input: {e}"))?;
    let secret = Secret::new(line.trim_end_matches(['\r', '\n']));
    // The line itself is overwritten like the secret made of it.
    drop(Secret::new(line));
    if secret.is_empty() {
        return Err("nothing was given on the standard input".to_owned());
    }
    Ok(secret)
}

/// A terminal that does not show what is typed, until this is dropped.
struct Hidden;

impl Hidden {
    fn begin() -> Result<Self, String> {
        match stty("-echo") {
            true => Ok(Self),
            false => Err("this terminal cannot hide a PIN: use `< FILE` instead".to_owned()),
        }
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if !stty("echo") {
            eprintln!("rappel: the terminal stays silent; type `stty echo`");
        }
    }
}

fn stty(mode: &str) -> bool {
    // The standard input is inherited: it is the terminal that is meant.
    let status = Command::new("stty")
        .arg(mode)
        .stdout(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

fn now() -> Timestamp {
    rappel_net::Clock::start().now().wall
}

/// What a user is offered unless somebody says otherwise (RFC 8760 §2.3: the strongest first).
const USUAL: [Ha1Algorithm; 2] = [Ha1Algorithm::Sha256, Ha1Algorithm::Md5];

/// 82 bits: more than anybody guesses over SIP, few enough to be typed into a desk phone.
const PASSWORD_LENGTH: usize = 16;

/// Shortest password taken from outside.
const MIN_PASSWORD: usize = 8;

/// Longest user name.
const MAX_NAME: usize = 64;

/// Longest line read as a secret, in bytes.
const MAX_LINE: u64 = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_fit_a_sip_uri() {
        for good in ["11", "poste-11", "a.b_c"] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", "a b", "a@b", "é", "a:b", &"x".repeat(MAX_NAME + 1)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_old_phone_is_offered_md5_alone() {
        let password = Secret::new("secret-secret");
        let old = digests("11", "rappel", &password, true);
        assert_eq!(old.len(), 1);
        assert_eq!(old[0].0, Ha1Algorithm::Md5);
        let new = digests("11", "rappel", &password, false);
        assert_eq!(new.len(), 2);
        assert_eq!(new[1].1.len(), 64);
    }
}
