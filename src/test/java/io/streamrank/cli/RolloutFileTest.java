package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.cli.RolloutFile.UnusableException;
import io.streamrank.cli.RolloutFile.Wish;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RolloutFileTest {
    private static final List<String> MODELS = List.of("minilm", "v1.5");

    @TempDir
    private Path folder = Path.of("");

    @Test
    void saysWhatIsWantedOfWhichModel() throws UnusableException {
        assertThat(parse("""
                # the next revisions
                minilm.path = /models/minilm-2
                minilm.share = 12.5%
                v1.5.path=next
                v1.5.share=0.3
                v1.5.revision=00aa11bb22cc
                """))
                .containsExactly(
                        new Wish("minilm", Path.of("/models/minilm-2"), Optional.empty(), 0.125),
                        new Wish("v1.5", Path.of("next"), Optional.of("00aa11bb22cc"), 0.3));
    }

    @Test
    void anEmptyFileWantsNothing() throws UnusableException {
        assertThat(parse("")).isEmpty();
        assertThat(parse("# nothing\n")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                minilm.path=a;minilm.share=1.01     | minilm.share is '1.01', expected a number from 0 to 1, or from 0% to 100%
                minilm.path=a;minilm.share=101%     | minilm.share is '101%'
                minilm.path=a;minilm.share=half     | minilm.share is 'half'
                minilm.path=a;minilm.share=-0.1     | minilm.share is '-0.1'
                minilm.path=a                       | minilm.share is missing
                minilm.share=1                      | minilm.path is missing
                minilm.path=a;minilm.share=1;minilm.revision=abc | minilm.revision is 'abc', expected the 12 hexadecimal digits
                minilm.paht=a                       | 'minilm.paht' means nothing; expected <model>.path
                share=1                             | 'share' means nothing
                other.path=a;other.share=1          | 'other.path' is of no model that this worker holds, which are [minilm, v1.5]
                minilm.path=a;minilm.path=b;minilm.share=1 | says minilm.path more than once
                minilm.path=\\u00zz                 | is no properties file
                """)
    void refusesAllOfItWhereAnythingIsWrong(String text, String problem) {
        assertThatThrownBy(() -> parse(text.replace(';', '\n')))
                .isInstanceOf(UnusableException.class)
                .hasMessageStartingWith(file() + ": ")
                .hasMessageContaining(problem);
    }

    @Test
    void readsNoMoreThanItsBound() throws Exception {
        Files.writeString(file(), "#".repeat((64 << 10) + 1));

        assertThatThrownBy(() -> new RolloutFile(file()).read()).hasMessage(file() + ": has more than 65536 bytes");
    }

    @Test
    void tellsOfAFileThatIsMissingOrNoText() throws Exception {
        assertThatThrownBy(() -> new RolloutFile(file()).read())
                .hasMessage(file() + ": there is no such file; to roll nothing out, leave it empty");

        Files.write(file(), new byte[] {(byte) 0xff, (byte) 0xfe});
        assertThatThrownBy(() -> new RolloutFile(file()).read()).hasMessage(file() + ": is not UTF-8");
    }

    private Path file() {
        return folder.resolve("rollout.properties");
    }

    private List<Wish> parse(String text) throws UnusableException {
        return new RolloutFile(file()).parse(text, MODELS);
    }
}
