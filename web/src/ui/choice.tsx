/** One of several in a menu: chosen, or to choose. */

import { Menu } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon } from "./icons";

interface Props {
  checked: boolean;
  choose: () => void;
  children: ReactNode;
}

export function Choice({ checked, choose, children }: Props) {
  return (
    <Menu.RadioItem
      value=""
      checked={checked}
      closeMenuOnClick
      onChange={choose}
      checkIcon={<Icon name="done" small />}
    >
      {children}
    </Menu.RadioItem>
  );
}
