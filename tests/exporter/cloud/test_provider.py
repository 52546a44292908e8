from exporter.cloud.provider import Facts, shorten, to_meta

FACTS = Facts("aws", "i-1", "us-west-2b", "us-west-2", "t2.micro", "spot", {})


def test_meta_of_facts():
    assert to_meta(FACTS._replace(zone="", tags={"Team": "core"})) == {
        "cloud": "aws",
        "instance_id": "i-1",
        "region": "us-west-2",
        "instance_type": "t2.micro",
        "lifecycle": "spot",
        "label_Team": "core",
    }


def test_tags_that_make_no_label_are_left_out():
    tags = {"aws:cloudformation:stack-name": "web", "1st": "a", "__x": "b", "x" * 130: "c", "é": "d", "empty": ""}
    assert {key for key in to_meta(FACTS._replace(tags=tags)) if key.startswith("label_")} == {
        "label_aws_cloudformation_stack_name",
        "label__",
    }


def test_two_tags_of_one_label_keep_the_first():
    assert to_meta(FACTS._replace(tags={"a-b": "1", "a.b": "2"}))["label_a_b"] == "1"


def test_values_are_printable_and_short():
    assert shorten("x", " a\nb\x00c\u202e ") == "abc"
    assert shorten("x", "é" * 300) == "é" * 256
    assert shorten("x", "a" + "é" * 300) == "a" + "é" * 255
