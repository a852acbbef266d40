//! [`power`]: `a ** b` for numbers, with the last bit that V8's has.
//!
//! The language leaves the result open, V8 does not: it computes it as fdlibm does, but for one division. log₂ of the
//! base is computed in two parts, as `t1 + t2`, multiplied by the exponent, and 2 raised to that.
//!
//! Invariant: the operations and their order are those of V8; a compiler may not change them, and Rust's does not.
//!
//! The method and its constants are of fdlibm's `e_pow.c`:
//!
//! > Copyright (C) 2004 by Sun Microsystems, Inc. All rights reserved.
//! > Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is
//! > preserved.

#![allow(clippy::excessive_precision, clippy::approx_constant, reason = "the constants are written as fdlibm has them")]

/// The powers 1 and 1.5, near which the base is when it is scaled.
const BASE: [f64; 2] = [1.0, 1.5];
/// log₂ of those, in two parts.
const BASE_LOG_HIGH: [f64; 2] = [0.0, 5.849_624_872_207_641_601_56e-01];
const BASE_LOG_LOW: [f64; 2] = [0.0, 1.350_039_202_129_748_971_28e-08];
/// Coefficients of (3/2) (log(x) - 2s - 2/3 s³).
const LOG: [f64; 6] = [
    5.999_999_999_999_946_487_25e-01,
    4.285_714_285_785_501_842_52e-01,
    3.333_333_298_183_774_329_18e-01,
    2.727_281_238_085_340_064_89e-01,
    2.306_607_457_755_617_540_67e-01,
    2.069_750_178_003_384_177_84e-01,
];
/// Coefficients of the exponential function.
const EXP: [f64; 5] = [
    1.666_666_666_666_660_190_37e-01,
    -2.777_777_777_701_559_338_42e-03,
    6.613_756_321_437_934_361_17e-05,
    -1.653_390_220_546_525_153_90e-06,
    4.138_136_797_057_238_460_39e-08,
];
/// log 2, whole and in two parts.
const LN2: [f64; 3] =
    [6.931_471_805_599_452_862_27e-01, 6.931_471_824_645_996_093_75e-01, -1.904_654_299_957_768_045_25e-09];
/// 2 / (3 log 2), whole and in two parts.
const CP: [f64; 3] =
    [9.617_966_939_259_755_543_29e-01, 9.617_967_009_544_372_558_59e-01, -7.028_461_650_952_758_265_16e-09];
/// 1 / log 2, whole and in two parts.
const INV_LN2: [f64; 3] =
    [1.442_695_040_888_963_387_00e+00, 1.442_695_021_629_333_496_09e+00, 1.925_962_991_126_617_468_87e-08];
/// Half a unit in the last place below 1024.
const OVERFLOW: f64 = 8.008_566_259_537_294_437_2e-17;

/// The power of numbers, as the language defines it, and as V8 rounds it.
pub fn power(base: f64, exponent: f64) -> f64 {
    // Other languages have 1 for these.
    if exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite()) {
        return f64::NAN;
    }
    let exact = base == 0.0 || !base.is_finite() || !exponent.is_finite() || exponent == 0.0 || base.abs() == 1.0;
    match exponent {
        _ if exact => base.powf(exponent),
        1.0 => base,
        2.0 => base * base,
        -1.0 => 1.0 / base,
        0.5 if base > 0.0 => base.sqrt(),
        _ if base > 0.0 => finite(base, exponent, 1.0),
        _ if exponent.trunc() != exponent => f64::NAN,
        _ => finite(-base, exponent, if exponent % 2.0 == 0.0 { 1.0 } else { -1.0 }),
    }
}

fn high(x: f64) -> i32 {
    (x.to_bits() >> 32) as i32
}

/// The number with another high half.
fn with_high(x: f64, high: i32) -> f64 {
    f64::from_bits(u64::from(high as u32) << 32 | x.to_bits() & 0xFFFF_FFFF)
}

/// The number without the low half of its bits.
fn cut(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & !0xFFFF_FFFF)
}

/// `sign * base ** exponent` of finite numbers, `base` being positive.
fn finite(base: f64, exponent: f64, sign: f64) -> f64 {
    let (overflow, underflow) = (sign * f64::INFINITY, sign * 0.0);
    let log = if exponent.abs() > 2_147_483_648.0 {
        // Only what is next to 1 has such a power.
        let at = high(base);
        match at {
            ..0x3FEF_FFFF => return if exponent < 0.0 { overflow } else { underflow },
            0x3FF0_0001.. => return if exponent > 0.0 { overflow } else { underflow },
            0x3FEF_FFFF if exponent.abs() > 18_446_744_073_709_551_616.0 => {
                return if exponent < 0.0 { overflow } else { underflow };
            }
            0x3FF0_0000 if exponent.abs() > 18_446_744_073_709_551_616.0 => {
                return if exponent > 0.0 { overflow } else { underflow };
            }
            _ => log_near_one(base),
        }
    } else {
        log2(base)
    };
    let head = cut(exponent);
    let (low, mut high_part) = ((exponent - head) * log.0 + exponent * log.1, head * log.0);
    let z = low + high_part;
    let (j, i) = (high(z), z.to_bits() as u32);
    if j >= 0x4090_0000 {
        if j != 0x4090_0000 || i != 0 || low + OVERFLOW > z - high_part {
            return overflow;
        }
    } else if j & 0x7FFF_FFFF >= 0x4090_CC00 && (j as u32 != 0xC090_CC00 || i != 0 || low <= z - high_part) {
        return underflow;
    }
    // 2 ** (high + low) = 2 ** whole * 2 ** the rest, which is from -0.5 to 0.5.
    let mut whole = 0;
    if j & 0x7FFF_FFFF > 0x3FE0_0000 {
        let scale = |j: i32| ((j & 0x7FFF_FFFF) >> 20) - 0x3FF;
        let rounded = j.wrapping_add(0x0010_0000 >> (scale(j) + 1));
        let k = scale(rounded);
        high_part -= with_high(0.0, rounded & !(0x000F_FFFF >> k));
        whole = (rounded & 0x000F_FFFF | 0x0010_0000) >> (20 - k);
        whole = if j < 0 { -whole } else { whole };
    }
    let t = cut(low + high_part);
    let (u, v) = (t * LN2[1], (low - (t - high_part)) * LN2[0] + t * LN2[2]);
    let z = u + v;
    let w = v - (z - u);
    let t = z * z;
    let t1 = z - t * (EXP[0] + t * (EXP[1] + t * (EXP[2] + t * (EXP[3] + t * EXP[4]))));
    // fdlibm divides by `t1 - 2` alone.
    let r = (z * t1) / ((t1 - 2.0) - (w + z * w));
    let z = 1.0 - (r - z);
    let scaled = high(z).wrapping_add(whole << 20);
    let z = if scaled >> 20 <= 0 {
        // Below the normal numbers: one rounding, in the second step.
        let step = |n: i32| f64::from_bits(((0x3FF + n) as u64) << 52);
        z * step(whole + 60) * step(-60)
    } else {
        with_high(z, scaled)
    };
    sign * z
}

/// log₂ of a number that differs from 1 by less than 2⁻²⁰.
fn log_near_one(x: f64) -> (f64, f64) {
    let t = x - 1.0;
    let w = (t * t) * (0.5 - t * (0.333_333_333_333_333_333_3 - t * 0.25));
    let (u, v) = (INV_LN2[1] * t, t * INV_LN2[2] - w * INV_LN2[0]);
    let t1 = cut(u + v);
    (t1, v - (t1 - u))
}

/// log₂ of a positive number.
fn log2(mut x: f64) -> (f64, f64) {
    let mut n = 0;
    if high(x) < 0x0010_0000 {
        x *= 9_007_199_254_740_992.0;
        n -= 53;
    }
    n += (high(x) >> 20) - 0x3FF;
    let j = high(x) & 0x000F_FFFF;
    let mut ix = j | 0x3FF0_0000;
    // Below √1.5, below √3, and above.
    let k = match j {
        ..=0x3988E => 0,
        0x3988F..0xBB67A => 1,
        _ => {
            n += 1;
            ix -= 0x0010_0000;
            0
        }
    };
    let x = with_high(x, ix);
    // s = (x - b) / (x + b), in two parts.
    let (u, v) = (x - BASE[k], 1.0 / (x + BASE[k]));
    let s = u * v;
    let s_high = cut(s);
    let t_high = with_high(0.0, ((ix >> 1) | 0x2000_0000) + 0x0008_0000 + ((k as i32) << 18));
    let t_low = x - (t_high - BASE[k]);
    let s_low = v * ((u - s_high * t_high) - s_high * t_low);
    // log(x) = 2s + 2/3 s³ + …
    let s2 = s * s;
    let mut r = s2 * s2 * (LOG[0] + s2 * (LOG[1] + s2 * (LOG[2] + s2 * (LOG[3] + s2 * (LOG[4] + s2 * LOG[5])))));
    r += s_low * (s_high + s);
    let s2 = s_high * s_high;
    let t_high = cut(3.0 + s2 + r);
    let t_low = r - ((t_high - 3.0) - s2);
    let (u, v) = (s_high * t_high, s_low * t_high + t_low * s);
    let p_high = cut(u + v);
    let p_low = v - (p_high - u);
    let (z_high, z_low) = (CP[1] * p_high, CP[2] * p_high + p_low * CP[0] + BASE_LOG_LOW[k]);
    let t = f64::from(n);
    let t1 = cut(((z_high + z_low) + BASE_LOG_HIGH[k]) + t);
    (t1, z_low - (((t1 - t) - BASE_LOG_HIGH[k]) - z_high))
}
