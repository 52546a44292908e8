from exporter.base.shared import SharedFiles


def test_a_shared_file_is_read_once_in_a_scrape(tmp_path):
    path = tmp_path / "stat"
    path.write_text("one")
    files = SharedFiles(tmp_path)
    files.begin_scrape()
    assert files.read("stat") == b"one"
    path.write_text("two")
    assert files.read("stat") == b"one"
    files.begin_scrape()
    assert files.read("stat") == b"two"
    files.close()
