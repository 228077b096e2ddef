package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RotaryTest {
    @Test
    void fallsByTheSameFactor() {
        assertThat(frequencies("{}", 8)).containsExactly(1., 0.1, 0.01, 0.001);
        assertThat(frequencies("{'rope_theta':16}", 8)).containsExactly(1., 0.5, 0.25, 0.125);
    }

    @Test
    void takesTheNewPlaceOfTheBaseBeforeTheOld() {
        assertThat(frequencies("{'rope_theta':7,'rope_parameters':{'rope_theta':16}}", 8))
                .containsExactly(1., 0.5, 0.25, 0.125);
    }

    @Test
    void rotatesAPartOfAHead() {
        assertThat(frequencies("{'partial_rotary_factor':0.5}", 8)).containsExactly(1., 0.01);
    }

    @Test
    void stretchesLinearly() {
        assertThat(frequencies("{'rope_scaling':{'type':'linear','factor':2}}", 8))
                .containsExactly(0.5, 0.05, 0.005, 0.0005);
    }

    /** Llama 3.2's configuration. Expected: by its published rule, worked out apart. */
    @Test
    void stretchesLongWavesAsLlama3Does() {
        List<Double> plain = frequencies("{'rope_theta':500000}", 64);

        List<Double> scaled = frequencies(
                "{'rope_theta':500000,'rope_scaling':{'rope_type':'llama3','factor':32,'low_freq_factor':1,"
                        + "'high_freq_factor':4,'original_max_position_embeddings':8192}}",
                64);

        // Wavelengths below 2,048 tokens stay, those above 8,192 are stretched 32 times.
        assertThat(scaled.subList(0, 15)).isEqualTo(plain.subList(0, 15));
        for (int i = 18; i < 32; i++) {
            assertThat(scaled.get(i)).isCloseTo(plain.get(i) / 32, within(1e-15));
        }
        double turns = 8192 * plain.get(16) / (2 * Math.PI);
        assertThat(scaled.get(16))
                .isCloseTo(plain.get(16) * (1 / 32. + (1 - 1 / 32.) * (turns - 1) / 3), within(1e-12))
                .isStrictlyBetween(plain.get(16) / 32, plain.get(16));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'rope_scaling':{'type':'dynamic','factor':2}}",
                "{'rope_scaling':{'type':'linear'}}",
                "{'rope_scaling':{'rope_type':'llama3','factor':-1}}",
                "{'rope_scaling':{'rope_theta':'10'}}"
            })
    void refusesAnythingElse(String json) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> frequencies(json, 8))
                .withMessageStartingWith("config.json: rope_scaling is {");
    }

    private static List<Double> frequencies(String json, int width) {
        try {
            Config config = new Config(Path.of("config.json"), new ObjectMapper().readTree(json.replace('\'', '"')));
            return Rotary.frequencies(config, width, "rope_theta", "partial_rotary_factor", 1).stream()
                    .map(value -> Math.round(value * 1e15) / 1e15)
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
