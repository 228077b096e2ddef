package io.streamrank.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocationTest {
    private static final String DIGEST = "sha256:" + "0a".repeat(32);

    @Test
    void readsWhatPeopleWrite() {
        assertThat(Location.parse("models/minilm")).isEqualTo(new Location.Folder(Path.of("models/minilm")));
        assertThat(Location.parse("file:///models/minilm")).isEqualTo(new Location.Folder(Path.of("/models/minilm")));
        assertThat(Location.parse("oci://registry:5000/team/minilm:v1.2"))
                .isEqualTo(new Location.Oci("registry:5000", "team/minilm", "v1.2"));
        assertThat(Location.parse("oci://ghcr.io/team/minilm@" + DIGEST))
                .isEqualTo(new Location.Oci("ghcr.io", "team/minilm", DIGEST));
        assertThat(Location.parse("oci://ghcr.io/team/minilm:v1@" + DIGEST))
                .isEqualTo(new Location.Oci("ghcr.io", "team/minilm", DIGEST));
        assertThat(Location.parse("s3://bucket/a/b")).isEqualTo(new Location.S3("bucket", "a/b"));
        assertThat(Location.parse("s3://bucket")).isEqualTo(new Location.S3("bucket", ""));
    }

    @Test
    void tellsNoSecretOfAnAddress() {
        assertThat(Location.parse("https://host/models/a?sig=secret")).hasToString("https://host/models/a");
        assertThat(Location.parse("oci://host/a@" + DIGEST)).hasToString("oci://host/a@" + DIGEST);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://host/a",
                "https://user:pass@host/a",
                "https:/a",
                "https://host/a#b",
                "https://host/a b",
                "oci://host/a",
                "oci://host/A:v1",
                "oci://host/a:v1/../b",
                "oci://host/a@sha256:00",
                "s3:///a",
                "s3://UPPER/a"
            })
    void refusesWhatIsNone(String text) {
        assertThatThrownBy(() -> Location.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
