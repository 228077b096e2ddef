package io.streamrank.cli;

import io.quarkus.runtime.configuration.DurationConverter;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations as the configuration does: {@code 30s}, {@code 500ms}, {@code PT1M30S}, or a number of seconds. */
final class DurationText implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
        try {
            Duration duration = DurationConverter.parseDuration(text);
            if (duration != null && !duration.isNegative() && !duration.isZero()) {
                return duration;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new TypeConversionException("expected a duration such as 30s, 500ms or PT1M30S, not '" + text + "'");
    }
}
