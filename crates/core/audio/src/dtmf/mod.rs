//! Keys as pairs of tones (ITU-T Q.23), made and recognised.

mod detect;
mod generate;
mod phasor;

pub use detect::Detector;
pub use generate::KeyTone;

/// The low group, one tone per row, in hertz.
const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];

/// The high group, one tone per column, in hertz.
const COLUMNS: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];

/// The keys by row and column.
const KEYS: [[char; 4]; 4] = [
    ['1', '2', '3', 'A'],
    ['4', '5', '6', 'B'],
    ['7', '8', '9', 'C'],
    ['*', '0', '#', 'D'],
];
