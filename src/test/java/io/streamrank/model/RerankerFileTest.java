package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RerankerFileTest {
    private Path folder;

    @BeforeEach
    void prepare(@TempDir Path empty) {
        folder = empty;
    }

    @Test
    void takesTheDefaultsWhereThereIsNone() {
        assertThat(RerankerFile.read(folder, true))
                .isEqualTo(new RerankerFile(CausalTemplate.DEFAULT_TEXT, true, 0, Activation.NONE));
    }

    @Test
    void readsEveryKey() throws IOException {
        write(
                "{'template':'{document}|{query}','append_eos':false,'pooling':'last','max_length':9,'activation':'sigmoid'}");

        assertThat(RerankerFile.read(folder, true))
                .isEqualTo(new RerankerFile("{document}|{query}", false, 9, Activation.SIGMOID));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            {'templates':'x'}      | true  | key templates is not understood for this family, known: max_length
            {'template':'x'}       | false | key template is not understood for this family, known: max_length, activation
            {'pooling':'mean'}     | true  | pooling is "mean", supported: "last"
            {'append_eos':'yes'}   | true  | append_eos is "yes", supported: true, false
            {'activation':'tanh'}  | false | activation is "tanh", supported: "none", "sigmoid"
            {'max_length':0}       | true  | max_length is 0, expected a positive whole number
            {'template':7}         | true  | template is 7, expected a string
            """)
    void refusesWhatItDoesNotUnderstand(String json, boolean causal, String message) throws IOException {
        write(json);

        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> RerankerFile.read(folder, causal))
                .withMessageStartingWith(folder.resolve("reranker.json") + ": " + message);
    }

    @Test
    void squeezesScoresInPlaceOfRawOnes() {
        assertThat(Activation.SIGMOID.apply(new float[] {0, 2}))
                .containsExactly(new float[] {0.5f, 0.8808f}, within(1e-4f));
        assertThat(Activation.NONE.apply(new float[] {-3})).containsExactly(-3);
    }

    private void write(String json) throws IOException {
        Files.writeString(folder.resolve("reranker.json"), json.replace('\'', '"'));
    }
}
