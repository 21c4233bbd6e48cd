//! The chart of the document: bytes, behaviour and time side by side, a row for each library.

use std::fmt::Write as _;

use crate::peers::{BASE, Peer};
use crate::results::{Bundle, Results};
use crate::stats::Spread;
use crate::{tables, verdicts};

/// The page that the chart is on.
#[derive(Clone, Copy)]
pub(crate) enum Theme {
    Dark,
    Light,
}

impl Theme {
    pub(crate) const ALL: [Self; 2] = [Self::Dark, Self::Light];

    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Dark => "comparison-dark.svg",
            Self::Light => "comparison.svg",
        }
    }

    fn colours(self) -> Colours {
        match self {
            Self::Dark => Colours {
                ink: "#e6edf3",
                muted: "#9198a1",
                grid: "#3d444d",
                ours: "#6ea8fe",
                ours_later: "#2b4c7e",
                other: "#8b949e",
                other_later: "#474e57",
            },
            Self::Light => Colours {
                ink: "#1f2328",
                muted: "#59636e",
                grid: "#d1d9e0",
                ours: "#2f6fd0",
                ours_later: "#aecbf5",
                other: "#7d8590",
                other_later: "#ced3d9",
            },
        }
    }
}

struct Colours {
    ink: &'static str,
    muted: &'static str,
    grid: &'static str,
    ours: &'static str,
    ours_later: &'static str,
    other: &'static str,
    other_later: &'static str,
}

/// A column of the chart. A value is at `left + value * scale`.
struct Panel {
    left: f64,
    width: f64,
    most: f64,
}

impl Panel {
    fn at(&self, value: f64) -> f64 {
        self.left + self.width * (value / self.most).min(1.0)
    }
}

const WIDTH: f64 = 960.0;
const TOP: f64 = 64.0;
const ROW: f64 = 26.0;
const LABELS: f64 = 196.0;
const BYTES: (f64, f64) = (204.0, 250.0);
const GOOD: (f64, f64) = (540.0, 120.0);
const TIME: (f64, f64) = (730.0, 200.0);
/// The condition of the third column.
pub(crate) const CONDITION: &str = "session, warm, 4x CPU";

/// Draws the chart. The smallest library comes first.
pub(crate) fn svg(theme: Theme, results: &Results, peers: &[Peer]) -> String {
    let colours = theme.colours();
    let mut rows: Vec<(&Peer, &Bundle)> = tables::bundles(results, peers).collect();
    rows.sort_by_key(|(_, bundle)| bundle.whole.brotli);
    let ratios: Vec<Option<Spread>> =
        rows.iter().map(|(peer, _)| ratio(results, &peer.id)).collect();
    let largest = rows.iter().map(|(_, it)| it.whole.brotli).max().unwrap_or(1) as f64;
    let slowest = ratios.iter().flatten().map(|it| it.upper).fold(1.5, f64::max);
    let bytes = Panel { left: BYTES.0, width: BYTES.1, most: largest };
    let good = Panel { left: GOOD.0, width: GOOD.1, most: verdicts::COLUMNS.len() as f64 };
    let time = Panel { left: TIME.0, width: TIME.1, most: slowest };
    let bottom = TOP + ROW * rows.len() as f64;

    let mut svg = String::new();
    let height = bottom + 34.0;
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\">\n\
         <title>Bytes, behaviour and time of sign-in libraries</title>"
    );
    heads(&mut svg, &colours);
    for (value, name) in [(1.0, "1×"), (2.0, "2×")] {
        if value < time.most {
            let x = time.at(value);
            let _ = writeln!(
                svg,
                "<path d=\"M{x:.1} {TOP}V{bottom}\" stroke=\"{}\" stroke-dasharray=\"3 3\"/>\n\
                 <text x=\"{x:.1}\" y=\"{:.1}\" fill=\"{}\" font-size=\"11\" \
                 text-anchor=\"middle\">{name}</text>",
                colours.grid,
                bottom + 16.0,
                colours.muted
            );
        }
    }
    for (index, ((peer, bundle), ratio)) in rows.iter().zip(&ratios).enumerate() {
        let y = TOP + ROW * index as f64 + ROW / 2.0;
        let (now, later) = if peer.is_ours {
            (colours.ours, colours.ours_later)
        } else {
            (colours.other, colours.other_later)
        };
        let weight = if peer.is_ours { " font-weight=\"600\"" } else { "" };
        let _ = writeln!(
            svg,
            "<text x=\"{LABELS}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"{}\"{weight}>{}</text>",
            y + 4.5,
            colours.ink,
            peer.label
        );
        let (first, whole) = (bundle.first.brotli as f64, bundle.whole.brotli as f64);
        bar(&mut svg, y, bytes.left, bytes.at(whole), later);
        bar(&mut svg, y, bytes.left, bytes.at(first), now);
        // A small part that is loaded later is not worth a second number.
        let sizes = if whole - first < whole / 20.0 {
            kilobytes(whole)
        } else {
            format!("{} / {}", kilobytes(first), kilobytes(whole))
        };
        note(&mut svg, bytes.at(whole) + 6.0, y, colours.muted, &sizes);
        if let Some(outcomes) = results.behaviour.get(&peer.id) {
            let passed = verdicts::passed(outcomes);
            for step in 0..verdicts::COLUMNS.len() {
                let x = good.at(step as f64);
                let colour = if step < passed { now } else { colours.grid };
                let _ = writeln!(
                    svg,
                    "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"8\" height=\"12\" rx=\"1.5\" \
                     fill=\"{colour}\"/>",
                    y - 6.0
                );
            }
            note(&mut svg, good.at(good.most) + 4.0, y, colours.muted, &passed.to_string());
        }
        if let Some(Spread { lower, median, upper }) = ratio {
            let (from, to, x) = (time.at(*lower), time.at(*upper), time.at(*median));
            let _ = writeln!(
                svg,
                "<path d=\"M{from:.1} {y:.1}H{to:.1}\" stroke=\"{now}\" stroke-width=\"2\"/>\n\
                 <circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\" fill=\"{now}\"/>"
            );
        } else {
            note(&mut svg, time.left, y, colours.muted, "not measured");
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn heads(svg: &mut String, colours: &Colours) {
    let scenarios = format!("of {} scenarios", verdicts::COLUMNS.len());
    let heads = [
        (BYTES.0, "Download, brotli", "until the state is known / in all"),
        (GOOD.0, "Good outcomes", scenarios.as_str()),
        (TIME.0, "Navigation to token", "ratio to oidc-client-ts, warm, 4x CPU"),
    ];
    for (x, head, below) in heads {
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"26\" fill=\"{}\" font-weight=\"600\">{head}</text>\n\
             <text x=\"{x}\" y=\"44\" fill=\"{}\" font-size=\"11\">{below}</text>",
            colours.ink, colours.muted
        );
    }
}

fn bar(svg: &mut String, y: f64, from: f64, to: f64, colour: &str) {
    let _ = writeln!(
        svg,
        "<rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"14\" rx=\"2\" fill=\"{colour}\"/>",
        y - 7.0,
        (to - from).max(1.5)
    );
}

fn note(svg: &mut String, x: f64, y: f64, colour: &str, text: &str) {
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{:.1}\" fill=\"{colour}\" font-size=\"11\">{text}</text>",
        y + 4.0
    );
}

fn kilobytes(bytes: f64) -> String {
    format!("{:.1} KB", bytes / 1024.0)
}

fn ratio(results: &Results, peer: &str) -> Option<Spread> {
    let loads = results.time.get(CONDITION)?;
    Spread::of_ratios(loads.get(peer)?, loads.get(BASE)?)
}
