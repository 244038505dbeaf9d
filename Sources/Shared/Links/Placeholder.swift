enum LinksPlaceholder {}
