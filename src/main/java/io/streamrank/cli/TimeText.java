package io.streamrank.cli;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a moment: {@code 2026-12-01T12:00:00Z}, or how long ago it is: {@code 2h}. */
final class TimeText implements ITypeConverter<Instant> {
    @Override
    public Instant convert(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            // Then it is a duration.
        }
        try {
            return Instant.now().minus(new DurationText().convert(text));
        } catch (TypeConversionException e) {
            throw new TypeConversionException(
                    "expected a time such as 2026-12-01T12:00:00Z, or how long ago such as 2h, not '" + text + "'");
        }
    }
}
