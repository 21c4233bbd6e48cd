//! The chart of the study: requests in each second, on a logarithmic scale.

use anyhow::{Result, anyhow};
use plotters::coord::combinators::IntoLogRange as _;
use plotters::prelude::*;

/// One kind of server, with and without jitter.
pub(super) struct Panel<'a> {
    pub(super) title: &'a str,
    pub(super) without: &'a [u32],
    pub(super) with: &'a [u32],
}

const SIZE: (u32, u32) = (960, 380);
/// Later seconds show no difference.
const SECONDS: usize = 200;
/// Readable on a light page and on a dark one.
const INK: RGBColor = RGBColor(110, 118, 129);
const WITHOUT: RGBColor = RGBColor(214, 73, 51);
const WITH: RGBColor = RGBColor(56, 116, 203);

pub(super) fn svg(panels: &[Panel]) -> Result<String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        for (panel, area) in panels.iter().zip(area.split_evenly((1, panels.len()))) {
            draw(panel, &area).map_err(|error| anyhow!("{error}"))?;
        }
        area.present()?;
    }
    Ok(svg)
}

fn draw(
    panel: &Panel,
    area: &DrawingArea<SVGBackend, plotters::coord::Shift>,
) -> Result<(), Box<dyn std::error::Error>> {
    let text = |size: i32| ("sans-serif", size).into_font().color(&INK);
    let mut chart = ChartBuilder::on(area)
        .margin(16)
        .caption(panel.title, text(17))
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(0f64..SECONDS as f64, (1f64..100_000f64).log_scale())?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .axis_style(INK)
        .bold_line_style(INK.mix(0.3))
        .light_line_style(TRANSPARENT)
        .label_style(text(13))
        .x_desc("seconds after the network came back")
        .y_desc("requests in a second")
        .x_label_formatter(&|value| format!("{value:.0}"))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .draw()?;
    for (name, requests, colour) in
        [("without jitter", panel.without, WITHOUT), ("with jitter", panel.with, WITH)]
    {
        let line = LineSeries::new(steps(requests), colour.stroke_width(2));
        chart
            .draw_series(line)?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    chart.configure_series_labels().border_style(TRANSPARENT).label_font(text(13)).draw()?;
    Ok(())
}

/// Draws each second as a step. A logarithmic scale has no zero, so an empty second is 0.9.
fn steps(requests: &[u32]) -> impl Iterator<Item = (f64, f64)> {
    requests.iter().take(SECONDS).enumerate().flat_map(|(second, count)| {
        let (from, height) = (second as f64, f64::from(*count).max(0.9));
        [(from, height), (from + 1.0, height)]
    })
}
