//! Every architecture against torchvision and timm, from weights that both sides make by the same
//! formula.

mod formula;
mod golden;
mod heads;
mod hostile;
mod modules;
mod naming;
mod real;
mod small;
mod unknown;

macro_rules! families {
    ($($test:ident: $package:literal [$($prefix:literal),*];)*) => {
        $(#[test]
        fn $test() {
            golden::check($package, &[$($prefix),*]);
        })*
    };
}

families! {
    alexnet: "torchvision" ["alexnet"];
    vgg: "torchvision" ["vgg"];
    resnet: "torchvision" ["resnet"];
    resnext: "torchvision" ["resnext"];
    wide_resnet: "torchvision" ["wide_resnet"];
    densenet: "torchvision" ["densenet"];
    squeezenet: "torchvision" ["squeezenet"];
    googlenet: "torchvision" ["googlenet"];
    inception_v3: "torchvision" ["inception_v3"];
    mobilenet_v2: "torchvision" ["mobilenet_v2"];
    mobilenet_v3: "torchvision" ["mobilenet_v3"];
    shufflenet_v2: "torchvision" ["shufflenet_v2"];
    mnasnet: "torchvision" ["mnasnet"];
    efficientnet: "torchvision" ["efficientnet_b"];
    efficientnet_v2: "torchvision" ["efficientnet_v2"];
    regnet: "torchvision" ["regnet"];
    convnext: "torchvision" ["convnext"];
    timm_resnet: "timm" ["resnet"];
    timm_densenet: "timm" ["densenet"];
    timm_vgg: "timm" ["vgg"];
    timm_inception_v3: "timm" ["inception_v3"];
    timm_mobilenet_v2: "timm" ["mobilenetv2"];
    timm_mobilenet_v3: "timm" ["mobilenetv3", "tf_mobilenetv3"];
    timm_mnasnet: "timm" ["mnasnet"];
    timm_efficientnet: "timm" ["efficientnet_"];
    timm_efficientnet_v2: "timm" ["efficientnetv2", "tf_efficientnetv2"];
    timm_tf_efficientnet: "timm" ["tf_efficientnet_"];
    timm_regnet: "timm" ["regnet"];
    timm_convnext: "timm" ["convnext"];
    stand_alone_efficientnet: "stand_alone" ["efficientnet"];
}

#[test]
#[ignore = "takes 8 GB of memory"]
fn largest_regnet() {
    golden::check("large", &["regnet_y_128gf"]);
}
