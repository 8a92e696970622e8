/** What one does with the list as a whole: its columns, and the table of it. */

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { exportPath } from "../../api/bulk";
import type { View } from "../../lib/view";
import { Button, ButtonLink } from "../../ui/button";
import { Icon } from "../../ui/icons";
import { NARROW, useMedia } from "../../ui/media";
import { ColumnsDialog } from "./ColumnsDialog";
import type { Column } from "./columns";
import css from "./List.module.css";

interface Props {
  view: View;
  columns: Column[];
  total: number | undefined;
}

export function Tools({ view, columns, total }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const narrow = useMedia(NARROW);
  return (
    <div className={css.tools}>
      {/* Cards on the phone have no columns. */}
      {!narrow && (
        <Button onClick={() => setOpen(true)}>
          <Icon name="columns" />
          {t("list.columns")}
        </Button>
      )}
      <ButtonLink
        href={exportPath(view)}
        download
        small={narrow}
        refused={total ? undefined : t("list.exportNone")}
      >
        <Icon name="download" />
        {t("list.export")}
      </ButtonLink>
      <ColumnsDialog open={open} close={() => setOpen(false)} columns={columns} />
    </div>
  );
}
