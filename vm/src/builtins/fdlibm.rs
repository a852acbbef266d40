//! Functions of one number whose last bit is the one that V8 gives: those of fdlibm 5.3, where `libm` has later versions.
//!
//! fdlibm is "Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunSoft, a Sun Microsystems,
//! Inc. business. Permission to use, copy, modify, and distribute this software is freely granted, provided that this
//! notice is preserved." The algorithms and their constants are fdlibm's; cbrt is FreeBSD's, by Bruce Evans, as V8's is.
//!
//! Invariant: the order of operations decides about the last bit, so nothing here is to be simplified.

use std::f64::consts::{FRAC_PI_2, LN_2};

fn high(x: f64) -> i32 {
    (x.to_bits() >> 32) as i32
}

/// A number by the halves of its bits.
fn number(high: i32, low: u32) -> f64 {
    f64::from_bits(u64::from(high as u32) << 32 | u64::from(low))
}

const LN2_HIGH: f64 = 6.931_471_803_691_238_164_90e-01;
const LN2_LOW: f64 = 1.908_214_929_270_587_700_02e-10;

/// Coefficients of log((1 + s) / (1 - s)) - 2s.
const LG: [f64; 7] = [
    6.666_666_666_666_735_130e-01,
    3.999_999_999_940_941_908e-01,
    2.857_142_874_366_239_149e-01,
    2.222_219_843_214_978_396e-01,
    1.818_357_216_161_805_012e-01,
    1.531_383_769_920_937_332e-01,
    1.479_819_860_511_658_591e-01,
];

pub(super) fn exp(x: f64) -> f64 {
    if x == 1.0 { std::f64::consts::E } else { libm::exp(x) }
}

pub(super) fn log(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 || x.is_infinite() {
        return libm::log(x);
    }
    let (x, mut k) = if x < f64::MIN_POSITIVE { (x * 18_014_398_509_481_984.0, -54) } else { (x, 0) };
    let (at, low) = (high(x), x.to_bits() as u32);
    k += (at >> 20) - 1023;
    let at = at & 0x000F_FFFF;
    let carry = (at + 0x9_5F64) & 0x10_0000;
    let x = number(at | (carry ^ 0x3FF0_0000), low);
    k += carry >> 20;
    let (f, dk) = (x - 1.0, f64::from(k));
    if 0x000F_FFFF & (2 + at) < 3 {
        if f == 0.0 {
            return if k == 0 { 0.0 } else { dk * LN2_HIGH + dk * LN2_LOW };
        }
        let r = f * f * (0.5 - 0.333_333_333_333_333_333_33 * f);
        return if k == 0 { f - r } else { dk * LN2_HIGH - ((r - dk * LN2_LOW) - f) };
    }
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let t1 = w * (LG[1] + w * (LG[3] + w * LG[5]));
    let t2 = z * (LG[0] + w * (LG[2] + w * (LG[4] + w * LG[6])));
    let r = t2 + t1;
    if (at - 0x6_147A) | (0x6_B851 - at) > 0 {
        let half = 0.5 * f * f;
        if k == 0 {
            f - (half - s * (half + r))
        } else {
            dk * LN2_HIGH - ((half - (s * (half + r) + dk * LN2_LOW)) - f)
        }
    } else if k == 0 {
        f - s * (f - r)
    } else {
        dk * LN2_HIGH - ((s * (f - r) - dk * LN2_LOW) - f)
    }
}

pub(super) fn log1p(x: f64) -> f64 {
    let a = x.abs();
    if x.is_nan() || x <= -1.0 || x.is_infinite() || a < 1.862_645_149_230_957e-9 {
        return libm::log1p(x);
    }
    let (mut k, mut f, mut at, mut c) = (0, x, 1, 0.0);
    if !(-0.292_893_409_729_003_9..0.414_213_180_541_992_2).contains(&x) {
        let mut u = x;
        if high(x) < 0x4340_0000 {
            u = 1.0 + x;
            c = if high(u) >> 20 > 1023 { 1.0 - (u - x) } else { x - (u - 1.0) } / u;
        }
        k = (high(u) >> 20) - 1023;
        at = high(u) & 0x000F_FFFF;
        if at < 0x6_A09E {
            u = number(at | 0x3FF0_0000, u.to_bits() as u32);
        } else {
            k += 1;
            u = number(at | 0x3FE0_0000, u.to_bits() as u32);
            at = (0x0010_0000 - at) >> 2;
        }
        f = u - 1.0;
    }
    let (half, dk) = (0.5 * f * f, f64::from(k));
    if at == 0 {
        if f == 0.0 {
            return if k == 0 { 0.0 } else { dk * LN2_HIGH + (c + dk * LN2_LOW) };
        }
        let r = half * (1.0 - 0.666_666_666_666_666_66 * f);
        return if k == 0 { f - r } else { dk * LN2_HIGH - ((r - (dk * LN2_LOW + c)) - f) };
    }
    let s = f / (2.0 + f);
    let z = s * s;
    let r = LG[..6].iter().rev().fold(LG[6], |sum, term| term + z * sum) * z;
    if k == 0 {
        f - (half - s * (half + r))
    } else {
        dk * LN2_HIGH - ((half - (s * (half + r) + (dk * LN2_LOW + c))) - f)
    }
}

pub(super) fn log10(x: f64) -> f64 {
    const PER_LN10: f64 = 4.342_944_819_032_518_166_68e-01;
    const LOG10_2_HIGH: f64 = 3.010_299_956_636_117_713_06e-01;
    const LOG10_2_LOW: f64 = 3.694_239_077_158_930_786_16e-13;
    if x.is_nan() || x <= 0.0 || x.is_infinite() || x == 1.0 {
        return libm::log10(x);
    }
    let (x, mut k) = if x < f64::MIN_POSITIVE { (x * 18_014_398_509_481_984.0, -54) } else { (x, 0) };
    k += (high(x) >> 20) - 1023;
    let negative = i32::from(k < 0);
    let y = f64::from(k + negative);
    let x = number(high(x) & 0x000F_FFFF | (0x3FF - negative) << 20, x.to_bits() as u32);
    let z = y * LOG10_2_LOW + PER_LN10 * log(x);
    z + y * LOG10_2_HIGH
}

pub(super) fn sinh(x: f64) -> f64 {
    let (half, a) = (0.5_f64.copysign(x), x.abs());
    if a < 22.0 {
        if a < 3.725_290_298_461_914e-9 {
            return x;
        }
        let t = libm::expm1(a);
        return if a < 1.0 { half * (2.0 * t - t * t / (t + 1.0)) } else { half * (t + t / (t + 1.0)) };
    }
    if a < 709.782_712_893_384 {
        return half * exp(a);
    }
    if a <= 710.475_860_073_943_9 {
        let w = exp(0.5 * a);
        return (half * w) * w;
    }
    x * f64::INFINITY
}

pub(super) fn cosh(x: f64) -> f64 {
    let a = x.abs();
    if a < 0.5 * LN_2 {
        let t = libm::expm1(a);
        let w = 1.0 + t;
        return if a < 2.775_557_561_562_891e-17 { w } else { 1.0 + (t * t) / (w + w) };
    }
    if a < 22.0 {
        let t = exp(a);
        return 0.5 * t + 0.5 / t;
    }
    if a < 709.782_712_893_384 {
        return 0.5 * exp(a);
    }
    if a <= 710.475_860_073_943_9 {
        let w = exp(0.5 * a);
        return (0.5 * w) * w;
    }
    if x.is_nan() { x } else { f64::INFINITY }
}

pub(super) fn tanh(x: f64) -> f64 {
    let a = x.abs();
    if x.is_nan() || a < 3.725_290_298_461_914e-9 {
        return x;
    }
    let z = if a >= 22.0 {
        1.0
    } else if a >= 1.0 {
        1.0 - 2.0 / (libm::expm1(2.0 * a) + 2.0)
    } else {
        let t = libm::expm1(-2.0 * a);
        -t / (t + 2.0)
    };
    z.copysign(x)
}

pub(super) fn asinh(x: f64) -> f64 {
    let a = x.abs();
    if !x.is_finite() || a < 3.725_290_298_461_914e-9 {
        return x;
    }
    let w = if a > 268_435_456.0 {
        log(a) + LN_2
    } else if a > 2.0 {
        log(2.0 * a + 1.0 / ((x * x + 1.0).sqrt() + a))
    } else {
        let t = x * x;
        log1p(a + t / (1.0 + (1.0 + t).sqrt()))
    };
    w.copysign(x)
}

pub(super) fn acosh(x: f64) -> f64 {
    if x < 1.0 || x.is_nan() {
        f64::NAN
    } else if x >= 268_435_456.0 {
        if x.is_infinite() { x } else { log(x) + LN_2 }
    } else if x == 1.0 {
        0.0
    } else if x > 2.0 {
        log(2.0 * x - 1.0 / (x + (x * x - 1.0).sqrt()))
    } else {
        let t = x - 1.0;
        log1p(t + (2.0 * t + t * t).sqrt())
    }
}

pub(super) fn atanh(x: f64) -> f64 {
    let a = x.abs();
    if a < 3.725_290_298_461_914e-9 || a >= 1.0 || x.is_nan() {
        return if a < 1.0 { x } else { libm::atanh(x) };
    }
    let t = if a < 0.5 {
        let t = a + a;
        0.5 * log1p(t + t * a / (1.0 - a))
    } else {
        0.5 * log1p((a + a) / (1.0 - a))
    };
    t.copysign(x)
}

pub(super) fn cbrt(x: f64) -> f64 {
    const P: [f64; 5] = [
        1.875_951_824_271_770_096_43,
        -1.884_979_795_433_771_698_75,
        1.621_429_720_105_354_466_140,
        -0.758_397_934_778_766_047_437,
        0.145_996_192_886_612_446_982,
    ];
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let a = x.abs();
    let guess = if a < f64::MIN_POSITIVE {
        high(a * 18_014_398_509_481_984.0) / 3 + 696_219_795
    } else {
        high(a) / 3 + 715_094_163
    };
    let t = number(guess, 0).copysign(x);
    let r = (t * t) * (t / x);
    let t = t * ((P[0] + r * (P[1] + r * P[2])) + ((r * r) * r) * (P[3] + r * P[4]));
    let t = f64::from_bits((t.to_bits() + 0x8000_0000) & 0xFFFF_FFFF_C000_0000);
    let r = x / (t * t);
    t + t * ((r - t) / (t + t + r))
}

pub(super) fn atan2(y: f64, x: f64) -> f64 {
    /// How far the double π is from π.
    const PI_LOW: f64 = 1.224_646_799_147_353_177_2e-16;
    let exponents = ((high(y) & 0x7FFF_FFFF) - (high(x) & 0x7FFF_FFFF)) >> 20;
    let extreme = x == 0.0 || y == 0.0 || !x.is_finite() || !y.is_finite() || x == 1.0;
    if !extreme && exponents > 60 { (FRAC_PI_2 + 0.5 * PI_LOW).copysign(y) } else { libm::atan2(y, x) }
}

pub(super) fn sin(x: f64) -> f64 {
    match reduce(x) {
        None => libm::sin(x),
        Some((quadrant, y, tail)) => match quadrant & 3 {
            0 => kernel_sin(y, tail),
            1 => kernel_cos(y, tail),
            2 => -kernel_sin(y, tail),
            _ => -kernel_cos(y, tail),
        },
    }
}

pub(super) fn cos(x: f64) -> f64 {
    match reduce(x) {
        None => libm::cos(x),
        Some((quadrant, y, tail)) => match quadrant & 3 {
            0 => kernel_cos(y, tail),
            1 => -kernel_sin(y, tail),
            2 => -kernel_cos(y, tail),
            _ => kernel_sin(y, tail),
        },
    }
}

/// An angle without its multiple of π/2, with a tail; `None` for large ones.
fn reduce(x: f64) -> Option<(i32, f64, f64)> {
    const PER: f64 = 6.366_197_723_675_813_824_33e-01;
    const PARTS: [(f64, f64); 3] = [
        (1.570_796_326_734_125_614_17, 6.077_100_506_506_192_249_32e-11),
        (6.077_100_506_303_965_976_60e-11, 2.022_266_248_795_950_631_54e-21),
        (2.022_266_248_711_166_455_80e-21, 8.478_427_660_368_899_569_97e-32),
    ];
    let at = high(x) & 0x7FFF_FFFF;
    if at <= 0x3FE9_21FB {
        return Some((0, x, 0.0));
    }
    if at > 0x4139_21FB {
        return None;
    }
    let a = x.abs();
    let n = (a * PER + 0.5) as i32;
    let fraction = f64::from(n);
    let mut r = a - fraction * PARTS[0].0;
    let mut w = fraction * PARTS[0].1;
    let mut y = r - w;
    for (&(part, tail), limit) in PARTS[1..].iter().zip([16, 49]) {
        if (at >> 20) - (high(y) >> 20 & 0x7FF) <= limit {
            break;
        }
        let t = r;
        w = fraction * part;
        r = t - w;
        w = fraction * tail - ((t - r) - w);
        y = r - w;
    }
    let tail = (r - y) - w;
    Some(if x < 0.0 { (-n, -y, -tail) } else { (n, y, tail) })
}

/// The sine of an angle up to π/4.
fn kernel_sin(x: f64, y: f64) -> f64 {
    const S: [f64; 6] = [
        -1.666_666_666_666_663_243_48e-01,
        8.333_333_333_322_489_461_24e-03,
        -1.984_126_982_985_794_931_34e-04,
        2.755_731_370_707_006_767_89e-06,
        -2.505_076_025_340_686_341_95e-08,
        1.589_690_995_211_550_102_21e-10,
    ];
    if high(x) & 0x7FFF_FFFF < 0x3E40_0000 {
        return x;
    }
    let z = x * x;
    let v = z * x;
    let r = S[1] + z * (S[2] + z * (S[3] + z * (S[4] + z * S[5])));
    if y == 0.0 { x + v * (S[0] + z * r) } else { x - ((z * (0.5 * y - v * r) - y) - v * S[0]) }
}

/// The cosine of an angle up to π/4.
fn kernel_cos(x: f64, y: f64) -> f64 {
    const C: [f64; 6] = [
        4.166_666_666_666_660_190_37e-02,
        -1.388_888_888_887_410_957_49e-03,
        2.480_158_728_947_672_941_78e-05,
        -2.755_731_435_139_066_330_35e-07,
        2.087_572_321_298_174_827_90e-09,
        -1.135_964_755_778_819_482_65e-11,
    ];
    let at = high(x) & 0x7FFF_FFFF;
    if at < 0x3E40_0000 {
        return 1.0;
    }
    let z = x * x;
    let r = z * (C[0] + z * (C[1] + z * (C[2] + z * (C[3] + z * (C[4] + z * C[5])))));
    if at < 0x3FD3_3333 {
        return 1.0 - (0.5 * z - (z * r - x * y));
    }
    let part = if at > 0x3FE9_0000 { 0.28125 } else { number(at - 0x0020_0000, 0) };
    let half = 0.5 * z - part;
    (1.0 - part) - (half - (z * r - x * y))
}
