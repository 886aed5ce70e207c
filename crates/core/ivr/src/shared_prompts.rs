//! The sentences that steps say by themselves, whatever a tenant wrote: recorded once in the shared
//! catalogue (`prompts/prompts.toml`), replaced by a tenant's own prompt of the same key.

/// One sentence of the shared catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedPrompt {
    /// Its key.
    pub key: &'static str,
    /// When it is heard.
    pub purpose: &'static str,
    /// Its words in French.
    pub fr: &'static str,
    /// Its words in English.
    pub en: &'static str,
}

/// Declares the table, one sentence per entry.
macro_rules! sentences {
    ($($key:literal: $purpose:literal, $fr:literal, $en:literal;)*) => {
        /// Every sentence a step may say by itself. The pieces of numbers and times are listed by
        /// [`crate::say::pieces`].
        pub const SHARED_PROMPTS: &[SharedPrompt] =
            &[$(SharedPrompt { key: $key, purpose: $purpose, fr: $fr, en: $en }),*];
    };
}

sentences! {
    "no-input": "menu, collect: nothing was typed",
        "Je n'ai rien entendu.", "I did not hear anything.";
    "no-match": "menu, collect: a key that is not offered",
        "Ce choix n'existe pas.", "That is not one of the choices.";
    "incident": "the engine's rescue: a step failed, a message is taken instead",
        "Nous rencontrons une difficulté. Laissez-nous votre message après le signal sonore.",
        "We have a difficulty. Please leave your message after the tone.";
    "apology": "the rescue failed too: said before hanging up",
        "Nous ne pouvons pas traiter votre appel. Veuillez nous en excuser. Au revoir.",
        "We cannot handle your call. We apologise. Goodbye.";
    "help-again": "a call for help reached nobody yet, and is tried again (said by a built-in flow)",
        "L'appel d'urgence n'aboutit pas encore. Nous réessayons. Si vous le pouvez, appelez d'un mobile.",
        "The emergency call is not getting through yet. We are trying again. If you can, call from a mobile phone.";
    "help-failed": "a call for help reached nobody in the end (said by a built-in flow)",
        "L'appel d'urgence n'a pas abouti. Appelez d'un mobile ou d'un autre téléphone.",
        "The emergency call did not get through. Please use a mobile phone or another telephone.";
    "leave-message": "voicemail: the greeting of a mailbox that has none",
        "Laissez votre message après le signal sonore. Tapez dièse pour terminer.",
        "Please leave your message after the tone. Press hash to finish.";
    "review": "voicemail: the choices after recording",
        "Pour garder votre message, tapez 1. Pour l'écouter, tapez 2. Pour le refaire, tapez 3. Pour le marquer urgent, tapez 4.",
        "To keep your message, press 1. To listen to it, press 2. To record it again, press 3. To mark it as urgent, press 4.";
    "marked-urgent": "voicemail: key 4 was pressed",
        "Votre message est marqué urgent.", "Your message is marked as urgent.";
    "message-saved": "voicemail: the message is on disk (said by the built-in flows)",
        "Votre message est enregistré. Merci, au revoir.",
        "Your message is saved. Thank you, goodbye.";
    "message-not-saved": "voicemail: it could not be written, the disk is full",
        "Nous n'avons pas pu enregistrer votre message.",
        "We could not save your message.";
    "one-moment": "heard when something takes more than a second",
        "Un instant, s'il vous plaît.", "One moment, please.";
    "number-ask": "callback: asks for a telephone number",
        "Tapez votre numéro de téléphone, puis dièse.",
        "Enter your telephone number, then hash.";
    "mobile-ask": "to_text: asks for the number of a mobile",
        "Tapez le numéro de votre mobile, puis dièse.",
        "Enter the number of your mobile, then hash.";
    "number-wrong": "callback, to_text: what was typed is no telephone number",
        "Ce numéro n'est pas valable.", "That number is not valid.";
    "callback-number": "callback: before the number that will be called",
        "Nous vous rappellerons au", "We will call you on";
    "callback-number-choices": "callback: after the number that will be called",
        "Si c'est le bon numéro, tapez 1. Pour en donner un autre, tapez 2.",
        "If that is right, press 1. For another number, press 2.";
    "callback-reason": "callback: the caller may say why, after the tone",
        "Après le signal sonore, dites en quelques mots pourquoi vous appelez, puis tapez dièse.",
        "After the tone, say in a few words why you are calling, then press hash.";
    "callback-slot": "callback: before a time that is offered",
        "Pour être rappelé", "To be called";
    "press-1": "callback: after the first time offered", "tapez 1.", "press 1.";
    "press-2": "callback: after the second time offered", "tapez 2.", "press 2.";
    "press-3": "callback: after the third time offered", "tapez 3.", "press 3.";
    "longer-wait": "queue: before an estimate that is longer than the first one, once",
        "Nous vous prions de nous excuser, l'attente sera plus longue que prévu.",
        "We apologise, the wait will be longer than we said.";
    "mailbox-full": "voicemail: the mailbox holds as many messages as it may",
        "Cette messagerie est pleine.", "This mailbox is full.";
    "not-available": "the built-in flow of extensions: nobody answers and there is no mailbox",
        "Votre correspondant n'est pas disponible. Au revoir.",
        "The person you are calling is not available. Goodbye.";
    "goodbye": "before hanging up",
        "Au revoir.", "Goodbye.";
    "pin-ask": "listen: asks for the personal code",
        "Tapez votre code, puis dièse.", "Enter your code, then hash.";
    "pin-wrong": "listen: the code is wrong",
        "Ce code n'est pas le bon.", "That code is not right.";
    "pin-locked": "listen: too many wrong codes",
        "Trop de codes erronés. Réessayez plus tard. Au revoir.",
        "Too many wrong codes. Try again later. Goodbye.";
    "pin-not-set": "listen: the user has no code yet",
        "Vous n'avez pas encore de code. Demandez-en un à votre administrateur. Au revoir.",
        "You have no code yet. Ask your administrator for one. Goodbye.";
    "not-a-user": "listen: the call does not come from a known phone",
        "Ce téléphone n'a pas de messagerie. Au revoir.",
        "This phone has no mailbox. Goodbye.";
    "forward-always": "the built-in flow of forwards: before the number all calls go to",
        "Tous vos appels sont renvoyés vers le", "All your calls are forwarded to";
    "forward-no-answer": "the built-in flow of forwards: before the number calls go to that nobody answers",
        "Sans réponse de votre part, vos appels sont renvoyés vers le", "Calls that you do not answer are forwarded to";
    "forward-busy": "the built-in flow of forwards: before the number calls go to while busy",
        "Quand vous êtes en ligne, vos appels sont renvoyés vers le", "While you are busy, your calls are forwarded to";
    "forward-cleared": "the built-in flow of forwards: calls are no longer forwarded",
        "Le renvoi est annulé.", "Your calls are no longer forwarded.";
    "forward-none": "the built-in flow of forwards: calls are not forwarded",
        "Vos appels ne sont pas renvoyés.", "Your calls are not forwarded.";
    "forward-refused": "the built-in flow of forwards: the number is nobody's, not allowed or their own",
        "Vos appels ne peuvent pas être renvoyés vers ce numéro.", "Your calls cannot be forwarded to that number.";
    "forward-not-saved": "the built-in flow of forwards: it could not be stored",
        "Le renvoi n'a pas pu être enregistré.", "The forward could not be saved.";
    "parked-at": "said to whoever has parked a call, before its place",
        "Votre correspondant attend au", "Your caller waits at";
    "you-have": "listen: before the count of messages",
        "Vous avez", "You have";
    "and": "listen: between the counts of new and old messages",
        "et", "and";
    "new-message": "listen: after the count one", "nouveau message", "new message";
    "new-messages": "listen: after a count above one", "nouveaux messages", "new messages";
    "old-message": "listen: after the count one", "message déjà écouté", "message already heard";
    "old-messages": "listen: after a count above one", "messages déjà écoutés", "messages already heard";
    "no-messages": "listen: the mailbox is empty",
        "Vous n'avez aucun message.", "You have no messages.";
    "more-than": "listen: before 99, when there are more", "plus de", "more than";
    "this-message-new": "listen: before a new message", "Nouveau message.", "New message.";
    "this-message-old": "listen: before an old message", "Message déjà écouté.", "Message already heard.";
    "this-message-urgent": "listen: before a message marked urgent", "Urgent.", "Urgent.";
    "listen-menu": "listen: the choices after a message",
        "Pour réécouter, tapez 1. Pour le suivant, tapez 2. Pour supprimer, tapez 3.",
        "To hear it again, press 1. For the next one, press 2. To delete it, press 3.";
    "message-deleted": "listen: the message is deleted", "Message supprimé.", "Message deleted.";
    "message-not-deleted": "listen: it could not be deleted",
        "Ce message n'a pas pu être supprimé.", "This message could not be deleted.";
    "no-more-messages": "listen: the last one was heard",
        "Vous n'avez plus de message.", "You have no more messages.";
    "test-echo": "self_test: 600: before callers hear themselves",
        "Parlez : vous allez entendre votre propre voix. Raccrochez pour terminer.",
        "Speak: you are going to hear your own voice. Hang up to finish.";
    "test-measuring": "self_test: 601: while the call is measured",
        "Nous mesurons votre appel. Vous pouvez parler. Nous comptons ce qui arrive de votre téléphone, et nous lui demandons ce qu'il entend de nous. Encore un instant, s'il vous plaît.",
        "We are measuring your call. You may speak. We count what comes from your telephone, and we ask it what it hears of us. One more moment, please.";
    "test-nothing": "self_test: 601: no sound came",
        "Nous ne recevons rien de votre téléphone.",
        "We receive nothing from your telephone.";
    "test-codec-pcmu": "self_test: 601: the codec is PCMU",
        "Votre appel est codé en G 711, loi mu.",
        "Your call is coded in G 711, mu-law.";
    "test-codec-pcma": "self_test: 601: the codec is PCMA",
        "Votre appel est codé en G 711, loi A.",
        "Your call is coded in G 711, A-law.";
    "test-codec-g722": "self_test: 601: the codec is G.722",
        "Votre appel est codé en G 722.",
        "Your call is coded in G 722.";
    "test-codec-opus": "self_test: 601: the codec is Opus",
        "Votre appel est codé en Opus.",
        "Your call is coded in Opus.";
    "test-encrypted": "self_test: 601: by SRTP",
        "Il est chiffré.",
        "It is encrypted.";
    "test-plain": "self_test: 601: by plain RTP",
        "Il n'est pas chiffré.",
        "It is not encrypted.";
    "test-heard-all": "self_test: 601: nothing was lost towards us",
        "Rien ne s'est perdu de votre voix.",
        "Nothing of your voice was lost.";
    "test-heard-loss": "self_test: 601: before the share lost towards us",
        "De votre voix, il s'est perdu",
        "Of your voice we lost";
    "test-told-all": "self_test: 601: nothing was lost towards the phone",
        "Rien ne s'est perdu de la nôtre.",
        "Nothing of ours was lost.";
    "test-told-loss": "self_test: 601: before the share lost towards the phone",
        "De la nôtre, il s'est perdu",
        "Of ours your telephone lost";
    "test-told-nothing": "self_test: 601: the phone sends no reports",
        "Votre téléphone ne dit pas ce qu'il entend de nous.",
        "Your telephone does not say what it hears of us.";
    "test-percent": "self_test: 601: after a share",
        "pour cent.",
        "percent.";
    "test-jitter": "self_test: 601: before the jitter",
        "La gigue est de",
        "The jitter is";
    "test-jitter-low": "self_test: 601: less than two milliseconds",
        "La gigue est de moins de deux millisecondes.",
        "The jitter is less than two milliseconds.";
    "test-delay": "self_test: 601: before the round trip",
        "L'aller-retour prend",
        "The round trip takes";
    "test-delay-low": "self_test: 601: less than two milliseconds",
        "L'aller-retour prend moins de deux millisecondes.",
        "The round trip takes less than two milliseconds.";
    "test-milliseconds": "self_test: 601: after a length",
        "millisecondes.",
        "milliseconds.";
    "test-keys": "self_test: 602: asks for keys",
        "Tapez des touches : nous vous dirons lesquelles nous arrivent, et comment.",
        "Press keys: we will tell you which ones reach us, and how.";
    "test-key-event": "self_test: 602: after a key that came by RFC 4733",
        "comme événement, à côté du son.",
        "as an event, beside the sound.";
    "test-key-tone": "self_test: 602: after a key that came as a tone",
        "comme tonalité, dans le son.",
        "as a tone, within the sound.";
    "test-key-info": "self_test: 602: after a key that came as SIP INFO",
        "par la signalisation.",
        "by signalling.";
}

/// The sentence `key`, when it is a shared one.
pub fn shared_prompt(key: &str) -> Option<&'static SharedPrompt> {
    SHARED_PROMPTS.iter().find(|prompt| prompt.key == key)
}
