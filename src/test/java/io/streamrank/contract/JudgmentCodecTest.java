package io.streamrank.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JudgmentCodecTest {
    private static final Instant TIME = Instant.parse("2026-12-01T12:00:00.123Z");

    private final JudgmentCodec codec = new JudgmentCodec();

    @Test
    void readsBackWhatItWrote() throws Exception {
        Judgment graded = new Judgment("q1", "d1", -1, TIME, "clicks");
        Judgment withdrawn = new Judgment("q1", "d1", null, TIME, null);

        assertThat(codec.decode(codec.encode(graded))).isEqualTo(graded);
        assertThat(codec.decode(codec.encode(withdrawn))).isEqualTo(withdrawn);
    }

    @Test
    void refusesAnEventOfAnotherKind() {
        byte[] ranking = new RankedListCodec().encode(ExampleEvents.ranking());

        assertThatThrownBy(() -> codec.decode(ranking))
                .isInstanceOf(RejectedException.class)
                .hasMessageContaining("no known Judgment schema");
    }

    @Test
    void aKeyNamesItsPair() throws Exception {
        byte[] key = JudgmentKeys.encode("q \"1\"", "dé");

        assertThat(new String(key, UTF_8)).isEqualTo("[\"q \\\"1\\\"\",\"dé\"]");
        assertThat(JudgmentKeys.decode(key)).isEqualTo(new JudgmentKeys.Pair("q \"1\"", "dé"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "1", "[]", "[\"q\"]", "[\"q\",null]", "[\"q\",1]", "[\"q\",\"d\",\"e\"]", "q"})
    void otherKeysNameNone(String key) {
        assertThatThrownBy(() -> JudgmentKeys.decode(key.getBytes(UTF_8))).isInstanceOf(RejectedException.class);
    }
}
