//! The equations of ITU-T G.107 (06/2015) §7, everything that cannot be seen here at the default of its
//! Table 2. Delays are milliseconds, losses percent.

/// R with nothing lost and no delay: Ro − Is − Idle at the defaults, published as 93.2 (§7.7).
pub(super) const BEST_NARROW: f64 = RO - IS - LISTENER_ECHO_AT_ONCE;

/// The same on the scale of wideband (G.107.1 §7.2).
pub(super) const BEST_WIDE: f64 = 129.0;

/// What makes a factor of the wideband scale one that the opinion score is defined on (G.107.1 Annex A).
pub(super) const WIDE_TO_NARROW: f64 = 1.29;

/// Ie-eff (§7.5): what coding and loss cost. `bursts` is BurstR.
pub(super) fn equipment(ie: f64, bpl: f64, loss: f64, bursts: f64) -> f64 {
    ie + (95.0 - ie) * loss / (loss / bursts + bpl)
}

/// Id (§7.4) beyond what it is without delay: echo of the own voice, echo of the other's, and the delay
/// itself, when both ways are alike (T = Ta = Tr / 2). G.107.1 takes the same terms over.
pub(super) fn delay(one_way: f64) -> f64 {
    talker_echo(one_way) + listener_echo(one_way) - listener_echo(0.0) + too_long(one_way)
}

/// Annex B: the mean opinion score of a factor, 1 to 4.5.
pub(super) fn opinion(r: f64) -> f64 {
    let r = r.clamp(0.0, 100.0);
    let score = 1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6;
    // The polynomial dips below 1 between 0 and 6.5.
    score.max(1.0)
}

/// Idte; Ro and Roe are the same at the defaults.
fn talker_echo(t: f64) -> f64 {
    let terv =
        TELR - 40.0 * ((1.0 + t / 10.0) / (1.0 + t / 150.0)).log10() + 6.0 * (-0.3 * t * t).exp();
    let half = (RO - (80.0 + 2.5 * (terv - 14.0))) / 2.0;
    (half + (half * half + 100.0).sqrt() - 1.0) * (1.0 - (-t).exp())
}

/// Idle.
fn listener_echo(t: f64) -> f64 {
    let half = (RO - 10.5 * (WEPL + 7.0) * (2.0 * t + 1.0).powf(-0.25)) / 2.0;
    half + (half * half + 169.0).sqrt()
}

/// Idd.
fn too_long(t: f64) -> f64 {
    if t <= 100.0 {
        return 0.0;
    }
    let x = (t / 100.0).log2();
    let sixth = |x: f64| (1.0 + x.powi(6)).powf(1.0 / 6.0);
    25.0 * (sixth(x) - 3.0 * sixth(x / 3.0) + 2.0)
}

/// Ro (§7.2) at the defaults.
const RO: f64 = 94.768_8;

/// Is (§7.3) at the defaults.
const IS: f64 = 1.413_6;

/// Idle without delay: 13 dB from nothing, but not nothing.
const LISTENER_ECHO_AT_ONCE: f64 = 0.149;

/// Talker echo loudness rating in dB, default.
const TELR: f64 = 65.0;

/// Weighted echo path loss in dB, default.
const WEPL: f64 = 110.0;

#[cfg(test)]
mod tests {
    use super::*;

    /// §7.2 and §7.3 as written, so that the constants are more than copied.
    #[test]
    fn the_constants_follow_from_the_defaults_of_table_2() {
        let (slr, rlr, stmr, ds, lstr) = (8.0, 2.0, 15.0, 3.0, 18.0);
        let (nc, nfor, ps, pr) = (-70.0, -64.0, 35.0, 35.0);
        let power = |db: f64| 10f64.powf(db / 10.0);
        let olr = slr + rlr;
        let nos = ps - slr - ds - 100.0 + 0.004 * f64::powi(ps - olr - ds - 14.0, 2);
        let pre = pr + 10.0 * (1.0 + power(10.0 - lstr)).log10();
        let nor = rlr - 121.0 + pre + 0.008 * (pre - 35.0).powi(2);
        let noise = power(nc) + power(nos) + power(nor) + power(nfor + rlr);
        let no = 10.0 * noise.log10();
        let ro = 15.0 - 1.5 * (slr + no);
        assert!((ro - RO).abs() < 1e-4, "{ro}");
        assert!((-1.5 * (no - rlr) - RO).abs() < 1e-4, "Roe");

        let x = (olr + 0.2 * (64.0 + no - rlr)) / 8.0;
        let iolr = 20.0 * ((1.0 + x.powi(8)).powf(1.0 / 8.0) - x);
        let stmro = -10.0 * (power(-stmr) + power(-TELR)).log10();
        let root = |x: f64, n: i32| (1.0 + x.powi(n)).powf(1.0 / f64::from(n));
        let ist = 12.0 * root((stmro - 13.0) / 6.0, 8)
            - 28.0 * root((stmro + 1.0) / 19.4, 35)
            - 13.0 * root((stmro - 3.0) / 33.0, 13)
            + 29.0;
        // One unit of quantisation distortion: Q = 37.
        let g = 1.07 + 0.258 * 37.0 + 0.0602 * 37.0 * 37.0;
        let (y, z) = (
            (ro - 100.0) / 15.0 + 46.0 / 8.4 - g / 9.0,
            46.0 / 30.0 - g / 40.0,
        );
        let iq = 15.0 * (1.0 + 10f64.powf(y) + 10f64.powf(z)).log10();
        let is = iolr + ist + iq;
        assert!((is - IS).abs() < 1e-4, "{is}");
        assert!((listener_echo(0.0) - LISTENER_ECHO_AT_ONCE).abs() < 1e-4);
        assert!(
            (BEST_NARROW - 93.2).abs() < 0.01,
            "as §7.7 says: {BEST_NARROW}"
        );
    }

    /// R. G. Cole and J. H. Rosenbluth, "Voice over IP performance monitoring" (2001), published this
    /// fit of Id up to 300 ms.
    #[test]
    fn delay_costs_what_was_published() {
        for t in (0..=300).step_by(10).map(f64::from) {
            let published = 0.024 * t + 0.11 * (t - 177.3).max(0.0);
            let ours = delay(t);
            assert!(
                (ours - published).abs() < 1.1,
                "{t} ms: {ours:.2} {published:.2}"
            );
        }
        assert!((delay(150.0) - 3.67).abs() < 0.01 && (delay(400.0) - 30.96).abs() < 0.01);
    }

    #[test]
    fn a_factor_becomes_the_published_score() {
        // G.107 Annex B, Table B.1.
        for (r, mos) in [
            (90.0, 4.34),
            (80.0, 4.03),
            (70.0, 3.60),
            (60.0, 3.10),
            (50.0, 2.58),
        ] {
            assert!((opinion(r) - mos).abs() < 0.007, "{r}: {}", opinion(r));
        }
        assert_eq!(
            (opinion(-9.0), opinion(3.0), opinion(120.0)),
            (1.0, 1.0, 4.5)
        );
    }
}
