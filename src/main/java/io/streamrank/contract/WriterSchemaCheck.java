package io.streamrank.contract;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityResult;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;

/**
 * Whether events of a schema that somebody else has registered can be read, within {@link BoundedDecoder}'s bounds: the
 * event's bytes limit the work only where every item takes a byte, and nesting must end.
 */
final class WriterSchemaCheck {
    private static final int REASONS_MAX = 3;

    private WriterSchemaCheck() {}

    /** What speaks against reading, as a whole sentence without its end; nothing if nothing does. */
    static Optional<String> objection(Schema reader, Schema writer) {
        SchemaCompatibilityResult result = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                .getResult();
        if (result.getCompatibility() != SchemaCompatibilityType.COMPATIBLE) {
            List<String> reasons = result.getIncompatibilities().stream()
                    .limit(REASONS_MAX)
                    .map(WriterSchemaCheck::described)
                    .toList();
            return Optional.of(writer.getFullName() + " cannot be read as " + reader.getName() + ": "
                    + String.join("; ", reasons));
        }
        return unbounded(writer, new HashSet<>());
    }

    private static String described(Incompatibility incompatibility) {
        return incompatibility.getType() + " at " + incompatibility.getLocation();
    }

    /** @param around the records that the schema stands in */
    private static Optional<String> unbounded(Schema schema, Set<String> around) {
        return switch (schema.getType()) {
            case RECORD -> recordUnbounded(schema, around);
            case UNION -> first(schema.getTypes(), around);
            case ARRAY -> {
                Schema items = schema.getElementType();
                yield isEmpty(items, new HashSet<>())
                        ? Optional.of("it has an array of items that take no bytes")
                        : unbounded(items, around);
            }
            case MAP -> unbounded(schema.getValueType(), around);
            default -> Optional.empty();
        };
    }

    private static Optional<String> recordUnbounded(Schema schema, Set<String> around) {
        if (!around.add(schema.getFullName())) {
            return Optional.of("its record " + schema.getFullName() + " contains itself");
        }
        Optional<String> found =
                first(schema.getFields().stream().map(Schema.Field::schema).toList(), around);
        around.remove(schema.getFullName());
        return found;
    }

    private static Optional<String> first(List<Schema> schemas, Set<String> around) {
        return schemas.stream()
                .map(schema -> unbounded(schema, around))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static boolean isEmpty(Schema schema, Set<String> around) {
        return switch (schema.getType()) {
            case NULL -> true;
            case FIXED -> schema.getFixedSize() == 0;
            case RECORD ->
                around.add(schema.getFullName())
                        && schema.getFields().stream().allMatch(field -> isEmpty(field.schema(), around));
            default -> false;
        };
    }
}
