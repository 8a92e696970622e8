import { expect, test } from "vitest";
import type { User } from "../../api/people";
import { compare } from "./table";

const elisa: User = {
  username: "elisa",
  firstName: "Elisa",
  lastName: "Moretti",
  numbers: ["233"],
  group: "Sales",
  supervises: [],
  department: "",
  level: 2,
};

const named = (level: number) => `level ${level}`;

test("what is new, changed, the same", () => {
  const table = "username,numbers,level\nELISA,233;333,base\nnadia,244,\n";
  const [changed, fresh] = compare(table, [elisa], named);
  expect(changed?.kind).toBe("changed");
  expect(changed?.cells.numbers).toEqual({ was: "233", is: "233, 333" });
  expect(changed?.cells.level).toEqual({ was: "level 2", is: "level 2" });
  expect(changed?.cells.name.is).toBe("Elisa Moretti");
  expect(fresh).toMatchObject({ kind: "new", username: "nadia" });
  expect(fresh?.cells.level.is).toBe("level 1");
  expect(compare("username,group\nelisa,Sales", [elisa], named)[0]?.kind).toBe("same");
});
