package io.streamrank.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Where a dead letter stands in its topic, as the commands name it: {@code 2:17}.
 *
 * @param partition of the dead-letter topic
 * @param offset in it
 */
record LetterPosition(int partition, long offset) {
    @Override
    public String toString() {
        return partition + ":" + offset;
    }

    /** Reads it from the command line. */
    static final class Converter implements ITypeConverter<LetterPosition> {
        @Override
        public LetterPosition convert(String text) {
            int colon = text.indexOf(':');
            try {
                int partition = Integer.parseInt(text.substring(0, Math.max(colon, 0)));
                long offset = Long.parseLong(text.substring(colon + 1));
                if (partition >= 0 && offset >= 0) {
                    return new LetterPosition(partition, offset);
                }
            } catch (NumberFormatException e) {
                // Said below.
            }
            throw new TypeConversionException("expected PARTITION:OFFSET such as 2:17, not '" + text + "'");
        }
    }
}
