//! Every kind of data gives its samples, labels and shape.

use std::fs;

use gan_data::{Fit, Kind, LoadOptions, Split, open};
use gan_images::{Image, ImageStack, write_idx_images, write_idx_labels, write_npz};

use crate::{options, plain, sample};

#[test]
fn mnist_is_embedded_and_split() {
    let all = open("mnist", &options()).unwrap();
    let info = all.info();
    assert_eq!((info.kind, info.len, info.classes()), (Kind::Mnist, 10_000, Some(10)));
    let (values, label) = sample(all.as_ref(), 0);
    assert_eq!((values[0], label.is_some()), (-1.0, true));
    assert!(values.iter().any(|v| *v > 0.9));
    let part = |split, limit| open("mnist", &LoadOptions { split, limit, ..options() }).unwrap();
    let (train, test) = (part(Split::Train, None), part(Split::Test, None));
    assert_eq!((train.info().len, test.info().len), (9_000, 1_000));
    assert_eq!(sample(train.as_ref(), 8_999), sample(all.as_ref(), 8_999));
    assert_eq!(sample(test.as_ref(), 0), sample(all.as_ref(), 9_000));
    assert_eq!(part(Split::Train, Some(100)).info().len, 100);
}

#[test]
fn arrays_take_size_and_channels() {
    let at = |options: &LoadOptions| open("mnist", options).unwrap();
    let wide = LoadOptions {
        size: Some(32),
        channels: Some(3),
        fit: Fit::Resize,
        limit: Some(50),
        ..options()
    };
    let data = at(&wide);
    assert_eq!(data.info().shape(), [3, 32, 32]);
    let (values, _) = sample(data.as_ref(), 7);
    assert_eq!(values[..1024], values[2048..]);
    let native = at(&LoadOptions { size: Some(28), ..options() });
    assert_eq!(sample(native.as_ref(), 5), sample(at(&options()).as_ref(), 5));
}

#[test]
fn toys_have_their_densities() {
    let ring = open("toy:ring?std=0&modes=4&radius=2&n=50", &options()).unwrap();
    assert_eq!((ring.info().len, ring.info().classes()), (50, Some(4)));
    for index in 0..50 {
        let (p, mode) = sample(ring.as_ref(), index);
        let expected: [f32; 2] =
            [[2.0, 0.0], [0.0, 2.0], [-2.0, 0.0], [0.0, -2.0]][mode.unwrap() as usize];
        assert!(
            (p[0] - expected[0]).abs() < 1e-6 && (p[1] - expected[1]).abs() < 1e-6,
            "{p:?} {mode:?}"
        );
    }
    let grid = open("toy:grid?std=0", &options()).unwrap();
    let (p, mode) = sample(grid.as_ref(), 9);
    let mode = mode.unwrap() as usize;
    assert_eq!(p, [(mode / 5) as f32 * 2.0 - 4.0, (mode % 5) as f32 * 2.0 - 4.0]);

    let moments = |spec: &str| {
        let data = open(spec, &options()).unwrap();
        let values: Vec<f64> =
            (0..20_000).map(|i| f64::from(sample(data.as_ref(), i).0[0])).collect();
        let mean = values.iter().sum::<f64>() / 20_000.0;
        (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 20_000.0).sqrt())
    };
    // the standard error of the mean is 0.009
    let (mean, std) = moments("toy:gaussian");
    assert!((mean - 4.0).abs() < 0.04 && (std - 1.25).abs() < 0.03, "{mean} {std}");
    let (mean, std) = moments("toy:gaussian?mean=-1&std=0.5");
    assert!((mean + 1.0).abs() < 0.02 && (std - 0.5).abs() < 0.02, "{mean} {std}");
    let (mean, std) = moments("toy:mixture");
    assert!(mean.abs() < 0.07 && (std - 4.25_f64.sqrt()).abs() < 0.03, "{mean} {std}");
}

#[test]
fn textures_are_crops_of_one_image_at_its_own_scale() {
    let honeycomb = open("texture:honeycomb?n=40", &options()).unwrap();
    assert_eq!((honeycomb.info().len, honeycomb.info().shape()), (40, &[3, 65, 65][..]));
    let (a, label) = sample(honeycomb.as_ref(), 3);
    assert_eq!((&a, label), (&sample(honeycomb.as_ref(), 3).0, None));
    assert_ne!(a, sample(honeycomb.as_ref(), 4).0);
    // Walls are dark and cells are light.
    let (low, high) = a.iter().fold((1f32, -1f32), |(l, h), v| (l.min(*v), h.max(*v)));
    assert!(low < -0.8 && high > 0.6, "{low} to {high}");

    // Crops of a ramp are ramps: nothing is resized.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ramp.png");
    let ramp = (0..50 * 40).map(|i| (i % 50) as u8).collect();
    gan_images::Image::new(50, 40, 1, ramp).unwrap().write_png(&path).unwrap();
    let spec = format!("texture:{}", path.display());
    let small = LoadOptions { size: Some(9), ..options() };
    let data = open(&spec, &small).unwrap();
    assert_eq!(data.info().shape(), [1, 9, 9]);
    for index in 0..20 {
        let (crop, _) = sample(data.as_ref(), index);
        assert!(crop.windows(2).take(8).all(|w| (w[1] - w[0] - 2.0 / 255.0).abs() < 1e-6));
        assert_eq!(crop[..9], crop[72..]);
    }
    let colour = LoadOptions { channels: Some(3), ..small.clone() };
    assert_eq!(open(&spec, &colour).unwrap().info().shape(), [3, 9, 9]);
    let told = |spec: &str, options: &LoadOptions| open(spec, options).err().unwrap().to_string();
    assert!(told(&spec, &options()).contains("crops of 65 pixels do not fit an image of 50×40"));
    assert!(told("texture:hony", &options()).contains("texture:honeycomb"));
    assert!(told("texture:honeycomb?m=3", &options()).contains("unknown parameter"));
}

#[test]
fn modes_are_where_the_points_are() {
    let modes = |spec| gan_data::toy_modes(spec).unwrap();
    for (spec, count) in
        [("toy:ring?std=0", 8), ("toy:grid?std=0", 25), ("toy:ring?std=0&modes=5", 5)]
    {
        let (data, modes) = (open(spec, &options()).unwrap(), modes(spec).unwrap());
        assert_eq!((modes.centres.len(), modes.std), (count, 0.0));
        for index in 0..200 {
            let (point, mode) = sample(data.as_ref(), index);
            let centre = modes.centres[mode.unwrap() as usize].map(|v| v as f32);
            assert_eq!(point, centre, "{spec} {index}");
        }
        let mut distinct = modes.centres.clone();
        distinct.sort_by(|a, b| a.partial_cmp(b).unwrap());
        distinct.dedup();
        assert_eq!(distinct.len(), count, "{spec}: no mode twice");
    }
    assert_eq!(modes("toy:swiss-roll"), None);
    assert_eq!(modes("mnist"), None);
    assert!(gan_data::toy_modes("toy:rng").is_err());
}

#[test]
fn toys_are_functions_of_seed_index_and_split() {
    let at = |spec: &str, split, index| {
        sample(open(spec, &LoadOptions { split, ..options() }).unwrap().as_ref(), index).0
    };
    let spec = "toy:swiss-roll";
    assert_eq!(at(spec, Split::All, 77), at(spec, Split::Train, 77));
    assert_eq!(at(spec, Split::All, 77), at("toy:swiss-roll?n=78&seed=0", Split::All, 77));
    assert_ne!(at(spec, Split::All, 77), at(spec, Split::All, 78));
    assert_ne!(at(spec, Split::All, 77), at(spec, Split::Test, 77));
    assert_ne!(at(spec, Split::All, 77), at("toy:swiss-roll?seed=1", Split::All, 77));
}

#[test]
fn folders_give_classes_channels_and_one_size() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    plain(&root.join("train/dog/1.png"), 6, 4, &[255]);
    plain(&root.join("train/cat/1.png"), 6, 4, &[0]);
    plain(&root.join("train/cat/2.png"), 6, 4, &[10]);
    plain(&root.join("test/cat/3.png"), 6, 4, &[20]);
    let at = |options: &LoadOptions| open(root.join("train").to_str().unwrap(), options).unwrap();
    let data = at(&options());
    let info = data.info();
    assert_eq!((info.kind, info.len, info.shape()), (Kind::Folder, 3, &[1, 4, 6][..]));
    assert_eq!(info.class_names(), ["cat", "dog"]);
    assert_eq!(sample(data.as_ref(), 2), (vec![1.0; 24], Some(1)));
    // splits are sub-folders, shared folders are no classes
    let split = |split| open(root.to_str().unwrap(), &LoadOptions { split, ..options() }).unwrap();
    assert_eq!(split(Split::Train).info().class_names(), ["cat", "dog"]);
    // A part's labels are those of the whole, although only one class is in it.
    assert_eq!((split(Split::Test).info().len, split(Split::Test).info().classes()), (1, Some(2)));
    assert_eq!(at(&LoadOptions { limit: Some(1), ..options() }).info().len, 1);

    // a color and a transparent file of other sizes
    plain(&root.join("train/dog/2.png"), 9, 9, &[1, 2, 3]);
    plain(&root.join("train/dog/3.png"), 3, 9, &[9, 9, 9, 0]);
    let data = at(&LoadOptions { size: Some(5), ..options() });
    assert_eq!(data.info().shape(), [3, 5, 5]);
    assert_eq!(sample(data.as_ref(), 4).0, vec![1.0; 75]); // transparent on white
    let grey = at(&LoadOptions { size: Some(5), channels: Some(1), ..options() });
    assert_eq!(grey.info().shape(), [1, 5, 5]);
}

#[test]
fn a_loose_image_means_no_classes() {
    let folder = tempfile::tempdir().unwrap();
    plain(&folder.path().join("a/1.png"), 2, 2, &[0]);
    plain(&folder.path().join("b/1.png"), 2, 2, &[0]);
    plain(&folder.path().join("1.png"), 2, 2, &[0]);
    let data = open(folder.path().to_str().unwrap(), &options()).unwrap();
    assert_eq!((data.info().classes(), sample(data.as_ref(), 0).1), (None, None));
}

#[test]
fn idx_npz_cifar_and_zip_are_recognized() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let at = |name: &str, split| {
        open(path(name).to_str().unwrap(), &LoadOptions { split, ..options() }).unwrap()
    };
    let stack =
        |n: usize| ImageStack::new([n, 2, 2, 1], (0..n * 4).map(|v| v as u8).collect()).unwrap();

    fs::create_dir(path("idx")).unwrap();
    for (part, n) in [("train", 5), ("t10k", 3)] {
        write_idx_images(&path(&format!("idx/{part}-images-idx3-ubyte.gz")), &stack(n)).unwrap();
        write_idx_labels(&path(&format!("idx/{part}-labels-idx1-ubyte")), &vec![1; n]).unwrap();
    }
    for (split, len) in [(Split::All, 5), (Split::Train, 5), (Split::Test, 3)] {
        let data = at("idx", split);
        assert_eq!(
            (data.info().kind, data.info().len, data.info().classes()),
            (Kind::Idx, len, Some(2))
        );
    }
    assert_eq!(at("idx/t10k-images-idx3-ubyte.gz", Split::All).info().len, 3);

    write_npz(&path("a.npz"), &stack(4), Some(&[0, 1, 2, 2])).unwrap();
    let data = at("a.npz", Split::All);
    assert_eq!(
        (data.info().kind, data.info().classes(), sample(data.as_ref(), 3).1),
        (Kind::Npz, Some(3), Some(2))
    );

    fs::create_dir(path("cifar")).unwrap();
    for (name, label) in [("data_batch_1.bin", 1), ("data_batch_2.bin", 2), ("test_batch.bin", 3)] {
        fs::write(path("cifar").join(name), [vec![label], vec![255; 3072]].concat()).unwrap();
    }
    let data = at("cifar", Split::Train);
    assert_eq!(
        (data.info().kind, data.info().len, data.info().shape()),
        (Kind::Cifar, 2, &[3, 32, 32][..])
    );
    assert_eq!(data.info().class_names()[2], "bird");
    assert_eq!(sample(at("cifar", Split::Test).as_ref(), 0), (vec![1.0; 3072], Some(3)));
    assert_eq!(at("cifar/data_batch_2.bin", Split::All).info().len, 1);

    let mut zip = zip::ZipWriter::new(fs::File::create(path("a.zip")).unwrap());
    for name in ["top/b/1.png", "top/a/1.png"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        let png =
            Image::filled(3, 3, &[u8::from(name.contains("/b/")) * 255]).unwrap().to_png().unwrap();
        std::io::Write::write_all(&mut zip, &png).unwrap();
    }
    zip.finish().unwrap();
    let data = at("a.zip", Split::All);
    assert_eq!(
        (data.info().kind, data.info().class_names()),
        (Kind::Zip, &["a".to_owned(), "b".to_owned()][..])
    );
    assert_eq!(sample(data.as_ref(), 1), (vec![1.0; 9], Some(1)));
}

/// Resident memory of this process in MB.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096 / 1_000_000
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_is_not_held_in_memory_unless_it_is_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("0.png");
    plain(&first, 1000, 1000, &[1, 2, 3]);
    for index in 1..150 {
        fs::copy(&first, folder.path().join(format!("{index}.png"))).unwrap();
    }
    let before = resident();
    let options = LoadOptions { no_cache: true, ..options() };
    let data = open(folder.path().to_str().unwrap(), &options).unwrap();
    let mut out = vec![0.0; 3_000_000];
    for index in 0..150 {
        data.labeled(index, &mut out).unwrap();
    }
    // 150 images are 450 MB as bytes and 1,800 MB as floats; tests beside this one take some too
    let grown = resident().saturating_sub(before);
    assert!(grown < 200, "{grown} MB");
}
