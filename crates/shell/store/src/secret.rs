//! PINs: what one is, and how it is kept.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use rappel_model::Secret;

use crate::error::Error;

/// Why a text cannot be a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPin {
    /// Something other than digits: a phone has no other keys to type it with.
    #[error("a PIN is made of the digits 0 to 9")]
    NotDigits,
    /// Too short to guard anything, or too long to be typed.
    #[error("a PIN has {} to {} digits", PIN_DIGITS.start(), PIN_DIGITS.end())]
    Length,
    /// The first that anybody tries.
    #[error("a PIN of one repeated digit, or of digits in order, is the first one tried")]
    Obvious,
}

/// How many digits a PIN has.
pub const PIN_DIGITS: std::ops::RangeInclusive<usize> = 4..=12;

/// Whether `pin` may be set as a PIN.
///
/// # Errors
/// What must be corrected.
pub(crate) fn check(pin: &Secret) -> Result<(), BadPin> {
    let digits = pin.reveal().as_bytes();
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(BadPin::NotDigits);
    }
    if !PIN_DIGITS.contains(&digits.len()) {
        return Err(BadPin::Length);
    }
    let steps = |by: i16| {
        digits
            .windows(2)
            .all(|pair| i16::from(pair[1]) - i16::from(pair[0]) == by)
    };
    if steps(0) || steps(1) || steps(-1) {
        return Err(BadPin::Obvious);
    }
    Ok(())
}

/// The salted hash of a PIN as a PHC string (Argon2id, RFC 9106). Takes tens of milliseconds and
/// 19 MiB: call it on a thread that may block.
pub(crate) fn hash(pin: &Secret) -> Result<String, Error> {
    Argon2::default()
        .hash_password(pin.reveal().as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|e| Error::Bug(format!("hashing a PIN: {e}")))
}

/// Whether `pin` is the one that was hashed; as slow as [`hash`].
pub(crate) fn verify(pin: &Secret, hash: &str) -> Result<bool, Error> {
    let hash = PasswordHash::new(hash).map_err(|_| Error::row("users", "pin"))?;
    match Argon2::default().verify_password(pin.reveal().as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(e) => Err(Error::Bug(format!("checking a PIN: {e}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_digits_of_a_sensible_length_and_not_the_first_guess() {
        for (pin, verdict) in [
            ("2580", Ok(())),
            ("112233", Ok(())),
            ("135797531357", Ok(())),
            ("", Err(BadPin::Length)),
            ("258", Err(BadPin::Length)),
            ("1357975313579", Err(BadPin::Length)),
            ("25a0", Err(BadPin::NotDigits)),
            ("२५८०", Err(BadPin::NotDigits)),
            ("0000", Err(BadPin::Obvious)),
            ("1234", Err(BadPin::Obvious)),
            ("987654", Err(BadPin::Obvious)),
        ] {
            assert_eq!(check(&Secret::new(pin)), verdict, "{pin}");
        }
    }

    #[test]
    fn a_hash_tells_the_pin_from_others_and_does_not_show_it() {
        let hashed = hash(&Secret::new("2580")).unwrap();
        assert!(hashed.starts_with("$argon2id$") && !hashed.contains("2580"));
        assert!(verify(&Secret::new("2580"), &hashed).unwrap());
        assert!(!verify(&Secret::new("2581"), &hashed).unwrap());
        assert_ne!(hash(&Secret::new("2580")).unwrap(), hashed, "salted");
        assert!(verify(&Secret::new("2580"), "no hash").is_err());
    }
}
