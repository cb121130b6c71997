SELECT value FROM progress WHERE name = {name:String} ORDER BY version DESC LIMIT 1
