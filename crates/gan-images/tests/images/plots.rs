//! Figures of ordinary and of strange data.

use gan_images::{Figure, Series, Style, draw};

fn figure(style: Style, points: Vec<(f64, f64)>) -> Figure {
    let series = Series { name: "série µ → ?".to_owned(), color: [200, 30, 30], style, points };
    Figure {
        title: "title".to_owned(),
        x_label: "x".to_owned(),
        y_label: "y".to_owned(),
        series: vec![series],
        ..Figure::default()
    }
}

#[test]
fn a_line_is_drawn_in_its_colour_and_the_bytes_repeat() {
    let line = figure(Style::Line, (0..100).map(|i| (f64::from(i), f64::from(i * i))).collect());
    let image = draw(&line, 400, 300).unwrap();
    assert_eq!((image.width, image.height, image.channels), (400, 300, 3));
    assert!(image.pixels.chunks(3).filter(|p| *p == [200, 30, 30]).count() > 200);
    assert_eq!(draw(&line, 400, 300).unwrap(), image);
    assert!(draw(&line, 10, 10).unwrap_err().to_string().contains("at least 160x120"));
    assert!(draw(&line, usize::MAX, 500).is_err());
}

#[test]
fn strange_data_do_no_harm() {
    let strange: [Vec<(f64, f64)>; 7] = [
        vec![],
        vec![(1.0, 1.0)],
        vec![(f64::NAN, 1.0), (0.0, f64::INFINITY)],
        vec![(0.0, 0.0), (f64::NAN, 0.0), (1.0, 1.0), (2.0, 1.0)],
        vec![(-f64::MAX, f64::MAX), (f64::MAX, -f64::MAX)],
        vec![(1e-300, 1e-300), (2e-300, 3e-300)],
        vec![(5.0, 2.0); 20],
    ];
    for points in strange {
        for style in [Style::Line, Style::Points, Style::Bars, Style::Area] {
            let mut figure = figure(style, points.clone());
            draw(&figure, 200, 150).unwrap();
            for range in
                [(0.0, 1e-200), (f64::NAN, 1.0), (3.0, -3.0), (f64::NEG_INFINITY, f64::INFINITY)]
            {
                figure.x_range = Some(range);
                figure.y_range = Some(range);
                draw(&figure, 200, 150).unwrap();
            }
        }
    }
    let mut many = figure(Style::Line, vec![(0.0, 0.0), (1.0, 1.0)]);
    many.title = "long ".repeat(500);
    many.y_label = many.title.clone();
    many.series = vec![many.series[0].clone(); 60];
    draw(&many, 300, 200).unwrap();
}
