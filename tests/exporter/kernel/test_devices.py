"""What of devices is read once, and when it is read anew."""

from exporter.kernel.devices import Devices


def put(folder, **attributes):
    folder.mkdir(parents=True)
    for name, text in attributes.items():
        (folder / name).write_text(text)


def test_a_fixed_attribute_is_read_once(tmp_path):
    put(tmp_path / "a", type="first\n")
    devices = Devices(tmp_path)
    assert devices.find()[0].fixed("type") == "first"
    (tmp_path / "a" / "type").write_text("second")
    assert devices.find()[0].fixed("type") == "first"


def test_a_device_of_the_same_name_in_its_place_is_read_anew(tmp_path):
    put(tmp_path / "class" / "a", type="first")
    put(tmp_path / "other", type="second")
    devices = Devices(tmp_path / "class")
    assert devices.find()[0].fixed("type") == "first"
    (tmp_path / "class" / "a").rename(tmp_path / "gone")
    (tmp_path / "other").rename(tmp_path / "class" / "a")
    assert devices.find()[0].fixed("type") == "second"


def test_names_are_sorted_and_chosen_and_a_missing_folder_has_none(tmp_path):
    for name in ("b1", "a2", "c"):
        put(tmp_path / name)
    assert [device.name for device in Devices(tmp_path, lambda name: name != "c").find()] == ["a2", "b1"]
    assert Devices(tmp_path / "none").find() == []


def test_what_is_absent_is_empty(tmp_path):
    put(tmp_path / "a")
    assert Devices(tmp_path).find()[0].fixed("model") == ""
