import java.sql.Array;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Asks over ClickHouse's JDBC driver what a tool such as DBeaver asks, and prints a line for each row: what, values. */
public class Asking {
    public static void main(String[] said) throws Exception {
        try (Connection connection = DriverManager.getConnection(said[0], said[1], said[2])) {
            DatabaseMetaData about = connection.getMetaData();
            print("product", about.getDatabaseProductName());
            print("valid", connection.isValid(5));
            rows("schemas", about.getSchemas(), 1);
            rows("tables", about.getTables(null, "default", "%", new String[] {"TABLE", "VIEW"}), 3, 4, 5);
            rows("columns", about.getColumns(null, "default", "sessions", "%"), 4, 6, 12);
            rows("key", about.getPrimaryKeys(null, "default", "sessions"), 4);
            rows("types", about.getTypeInfo(), 1);
            Statement statement = connection.createStatement();
            for (int at = 3; at < said.length; at++) {
                try {
                    rows("statement " + (at - 3), statement.executeQuery(said[at]));
                } catch (SQLException refused) {
                    print("statement " + (at - 3), refused.getMessage());
                }
            }
            statement.setMaxRows(5);
            rows("five", statement.executeQuery("SELECT number FROM numbers(100)"));
            PreparedStatement prepared = connection.prepareStatement("SELECT concat(?, toString(? + 1))");
            prepared.setString(1, "it's ");
            prepared.setInt(2, 6);
            rows("prepared", prepared.executeQuery());
        }
    }

    private static void rows(String what, ResultSet rows, int... places) throws SQLException {
        int all = rows.getMetaData().getColumnCount();
        while (rows.next()) {
            Object[] values = places.length > 0
                ? Arrays.stream(places).mapToObj(place -> value(rows, place)).toArray()
                : IntStream.rangeClosed(1, all).mapToObj(place -> value(rows, place)).toArray();
            print(what, values);
        }
    }

    private static Object value(ResultSet rows, int place) {
        try {
            Object value = rows.getObject(place);
            return value instanceof Array array ? Arrays.deepToString((Object[]) array.getArray()) : value;
        } catch (SQLException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private static void print(String what, Object... values) {
        StringBuilder line = new StringBuilder(what);
        for (Object value : values) {
            line.append('\t').append(String.valueOf(value).replace("\t", " ").replace("\n", " "));
        }
        System.out.println(line);
    }
}
