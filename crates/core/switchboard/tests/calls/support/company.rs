//! A company for tests: its files, its users, the engine's settings.

use rappel_model::Secret;
use rappel_sip::auth::{Algorithm, ha1};
use rappel_sip::{Credentials, UserId};
use rappel_switchboard::Settings;
use rappel_tenant::{Files, Version};

pub(crate) const TENANT: &str = "acme";

/// The company whose conferences end with who began them.
pub(crate) fn ending_conferences() -> Version {
    let text = TENANT_FILE.replace("[phones]\n", "[phones]\nconference = \"host\"\n");
    variant(&text, PROMPTS_FILE, ACCUEIL)
}

/// Everybody who may register; passwords are `<user>-secret`.
const USERS: [&str; 4] = ["sofia", "sofia-mobile", "karim", "lea"];

const TENANT_FILE: &str = r#"
rappel = 1

[tenant]
title     = "Acme"
timezone  = "Europe/Paris"
languages = ["fr", "en"]
mailbox   = "accueil"
number    = "+33199000010"

[person.sofia]
name      = "Sofia Martin"
extension = "11"
phones    = ["sofia", "sofia-mobile"]

[person.karim]
name      = "Karim"
extension = "12"
phones    = ["karim"]

[person.lea]
name      = "Léa"
extension = "13"
phones    = ["lea"]

[team.ventes]
members = ["sofia", "karim"]

[phones]
supervisors = ["lea", "karim"]

[mailbox.accueil]
team = "ventes"

[mailbox.sofia]
person = "sofia"

[line.principal]
number    = "+33199000010"
extension = "10"
flow      = "accueil"

[line.messages]
number = "+33199000011"
flow   = "repondeur"

[line.sonnerie]
number = "+33199000012"
flow   = "sonnerie"

[line.muette]
number = "+33199000014"
flow   = "muette"
answer = "never"

[line.tour]
number = "+33199000013"
flow   = "tour"
"#;

const PROMPTS_FILE: &str = r#"
[prompt.bienvenue]
fr = "Bonjour. Pour les ventes, tapez 1. Pour laisser un message, tapez 2."
en = "Hello. For sales, press 1. To leave a message, press 2."
[prompt.au-revoir]
fr = "Au revoir."
en = "Goodbye."
"#;

const ACCUEIL: &str = r#"
rappel = 1

[flow]
title     = "Accueil"
start     = "menu"
languages = ["fr", "en"]

[step.menu]
do         = "menu"
prompt     = "bienvenue"
press.1    = "ventes"
press.2    = "message"
on.give_up = "message"

[step.ventes]
do           = "reach"
team         = "ventes"
ring         = "20s"
on.answered  = "merci"
on.no_answer = "message"
on.busy      = "message"
on.declined  = "message"
on.closed    = "message"

[step.message]
do       = "voicemail"
mailbox  = "accueil"
review   = false
next     = "merci"
on.empty = "merci"
on.full  = "merci"
on.off   = "merci"

[step.merci]
do     = "hangup"
prompt = "au-revoir"
"#;

const REPONDEUR: &str = r#"
rappel = 1

[flow]
title     = "Répondeur"
start     = "message"
languages = ["fr", "en"]

[step.message]
do       = "voicemail"
mailbox  = "accueil"
review   = false
next     = "merci"
on.empty = "merci"
on.full  = "merci"
on.off   = "merci"

[step.merci]
do     = "hangup"
prompt = "au-revoir"
"#;

/// Rings before anything is answered.
const SONNERIE: &str = r#"
rappel = 1

[flow]
title     = "Sonnerie"
start     = "ventes"
languages = ["fr", "en"]

[step.ventes]
do           = "reach"
team         = "ventes"
ring         = "20s"
on.answered  = "fin"
on.no_answer = "occupe"
on.busy      = "occupe"
on.declined  = "occupe"
on.closed    = "occupe"

[step.occupe]
do = "reject"
as = "busy"

[step.fin]
do = "hangup"
"#;

const TOUR: &str = r#"
rappel = 1

[flow]
title     = "Tour"
start     = "ventes"
languages = ["fr", "en"]

[step.ventes]
do           = "reach"
team         = "ventes"
order        = "in_turn"
ring         = "20s"
on.answered  = "fin"
on.no_answer = "occupe"
on.busy      = "occupe"
on.declined  = "occupe"
on.closed    = "occupe"

[step.occupe]
do = "reject"

[step.fin]
do = "hangup"
"#;

/// Never answered: the caller pays nothing.
const ENREGISTRE: &str = r#"
rappel = 1

[flow]
title     = "Enregistré"
start     = "annonce"
languages = ["fr", "en"]

[vars]
code = { type = "text" }

[step.annonce]
do     = "consent"
kind   = "recording"
prompt = "bienvenue"
next   = "debut"

[step.debut]
do     = "record"
action = "start"
rate = "auto"
why    = "qualité"
keep   = "30d"
next   = "code"

[step.code]
do         = "collect"
prompt     = "bienvenue"
ask        = "pin"
into       = "code"
min        = 4
max        = 4
next       = "pause"
on.give_up = "pause"

[step.pause]
do     = "record"
action = "pause"
next   = "suite"

[step.suite]
do     = "record"
action = "resume"
next   = "attente"

[step.attente]
do   = "pause"
for  = "2s"
next = "fin"

[step.fin]
do     = "hangup"
prompt = "au-revoir"
"#;

const MUETTE: &str = r#"
rappel = 1

[flow]
title     = "Muette"
start     = "sonne"
languages = ["fr", "en"]

[step.sonne]
do   = "ring"
for  = "3s"
next = "occupe"

[step.occupe]
do = "reject"
as = "busy"
"#;

/// Another company on the same engine, with one line.
pub(crate) fn neighbour() -> Version {
    let tenant = r#"
rappel = 1
[tenant]
title     = "Globex"
timezone  = "Europe/Paris"
languages = ["en"]
[person.hank]
name      = "Hank"
extension = "77"
phones    = ["hank"]
[line.main]
number = "+33199000090"
flow   = "main"
"#;
    let flow = r#"
rappel = 1
[flow]
title     = "Main"
start     = "busy"
languages = ["en"]
[step.busy]
do = "reject"
as = "busy"
"#;
    load(
        "globex",
        &[("tenant.toml", tenant), ("flows/main.toml", flow)],
    )
}

pub(crate) fn version() -> Version {
    variant(TENANT_FILE, PROMPTS_FILE, ACCUEIL)
}

/// The same company, whose first line records its calls.
pub(crate) fn recording() -> Version {
    let mut version = variant(TENANT_FILE, PROMPTS_FILE, ENREGISTRE);
    version.number = 77;
    version
}

/// The same company after a change: its first menu says `bienvenue-N`, and it has lost its lines
/// but the first when `N` is odd.
pub(crate) fn changed(n: u32) -> Version {
    let key = format!("bienvenue-{n}");
    let tenant = match n % 2 {
        0 => TENANT_FILE,
        _ => TENANT_FILE.split("[line.messages]").next().unwrap(),
    };
    let prompts = PROMPTS_FILE.replace("bienvenue", &key);
    let mut version = variant(tenant, &prompts, &ACCUEIL.replace("bienvenue", &key));
    version.number = n;
    version
}

/// The same company with a colleague who has this extension, rung by the phone of `lea`.
pub(crate) fn with_extension(digits: &str) -> Version {
    let tenant = TENANT_FILE.replace("extension = \"13\"", &format!("extension = \"{digits}\""));
    variant(&tenant, PROMPTS_FILE, ACCUEIL)
}

fn variant(tenant: &str, prompts: &str, accueil: &str) -> Version {
    let files = [
        ("tenant.toml", tenant),
        ("prompts.toml", prompts),
        ("flows/accueil.toml", accueil),
        ("flows/repondeur.toml", REPONDEUR),
        ("flows/sonnerie.toml", SONNERIE),
        ("flows/muette.toml", MUETTE),
        ("flows/tour.toml", TOUR),
    ];
    load(TENANT, &files)
}

fn load(tenant: &str, all: &[(&str, &str)]) -> Version {
    let mut files = Files::new(format!("tenants/{tenant}"));
    for (path, text) in all {
        files.add(*path, *text).unwrap();
    }
    let shared = Files::new("shared");
    rappel_tenant::load(&tenant.into(), &files, &shared).unwrap_or_else(|problems| {
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("the files of {tenant} are good:\n{}", shown.join("\n"))
    })
}

pub(crate) fn credentials() -> Vec<Credentials> {
    USERS
        .iter()
        .map(|user| {
            let password = Secret::new(format!("{user}-secret"));
            let ha1 = ha1(Algorithm::Md5, user, "rappel", &password);
            Credentials {
                id: UserId {
                    tenant: TENANT.into(),
                    user: (*user).into(),
                },
                username: (*user).to_owned(),
                realm: "rappel".to_owned(),
                ha1: vec![(Algorithm::Md5, ha1)],
            }
        })
        .collect()
}

pub(crate) fn settings() -> Settings {
    let mut trunk = rappel_trunk::Settings::new("operateur".into());
    trunk.addresses = vec!["198.51.100.7".parse().unwrap()];
    trunk.country_code = Some("33".to_owned());
    Settings {
        trunks: vec![trunk],
        ..Settings::default()
    }
}
