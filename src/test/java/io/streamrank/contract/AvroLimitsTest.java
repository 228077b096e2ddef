package io.streamrank.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.apache.avro.SystemLimitException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AvroLimitsTest {
    private final Map<String, @Nullable String> before = new HashMap<>();

    @BeforeEach
    void clear() {
        for (String property : properties()) {
            before.put(property, System.clearProperty(property));
        }
    }

    @AfterEach
    void restore() {
        before.forEach((property, value) -> {
            if (value == null) {
                System.clearProperty(property);
            } else {
                System.setProperty(property, value);
            }
        });
    }

    @Test
    void setsWhatNobodySet() {
        AvroLimits limits = AvroLimits.install();

        assertThat(limits).isEqualTo(new AvroLimits(16 * 1024 * 1024, 100_000));
        assertThat(System.getProperty(SystemLimitException.MAX_STRING_LENGTH_PROPERTY))
                .isEqualTo("16777216");
        assertThat(System.getProperty(SystemLimitException.MAX_BYTES_LENGTH_PROPERTY))
                .isEqualTo("16777216");
        assertThat(System.getProperty(SystemLimitException.MAX_COLLECTION_LENGTH_PROPERTY))
                .isEqualTo("100000");
    }

    @Test
    void leavesWhatSomebodySet() {
        System.setProperty(AvroLimits.MAX_STRING_PROPERTY, "5");

        AvroLimits limits = AvroLimits.install();

        assertThat(limits.maxStringBytes()).isEqualTo(5);
        assertThat(System.getProperty(AvroLimits.MAX_STRING_PROPERTY)).isEqualTo("5");
    }

    @Test
    void namesASettingThatIsNoNumber() {
        System.setProperty(AvroLimits.MAX_COLLECTION_PROPERTY, "many");

        assertThatThrownBy(AvroLimits::install)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(AvroLimits.MAX_COLLECTION_PROPERTY)
                .hasMessageContaining("many");
    }

    private static String[] properties() {
        return new String[] {
            AvroLimits.MAX_STRING_PROPERTY, AvroLimits.MAX_BYTES_PROPERTY, AvroLimits.MAX_COLLECTION_PROPERTY
        };
    }
}
